"""The web service where readers subscribe, confirm, pause, change their address and unsubscribe.

GET shows a page, POST acts. Tokens identify readers.

- changes of the list: `operations`; without a list: `queue` and `append_only`
- requests: `routes`, `handlers`, `unsubscribe`, `rendering` and `views`, with `form_bodies`, `rate_limits`, `refusals` and `middleware`
- notifications: `wording`, `composing`, `outbox` and `mailer`; without a list server: `mail_once`
- the process: `server`, with `proxies` and `timeouts`
"""
