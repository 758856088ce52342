"""The web service by which readers join, confirm, pause, move and leave: GET shows, POST acts, tokens stand for readers.

- what a reader does to the list: `acts`, and `leaving`, the one that works without a list too (`append_only`)
- what is answered: `answers`, `pages`, over `bodies` and `limits`; `app` says what is where, `guard` what holds for all
- what is mailed: `texts`, `writing`, `tray`, `postman`
- how it runs: `serving`, with `patience` for slow clients
"""
