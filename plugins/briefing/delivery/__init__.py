"""From a finished digest to its readers, each of them once, and back from them to the list.

- the list: `database`, `schema`, `mailboxes`, `suppressions`, `subscribers/`
- a sending: `campaigns/` over `transports/`
- what comes back: `inbox/`, `listserver/`, with `tokens` in place of addresses
- what is missing to send well: `doctor/`
"""
