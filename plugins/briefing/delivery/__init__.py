"""From a finished digest to its readers, and back from them to the list. Knows nothing about stories.

- the database, tokens, the secret and backups: `store`
- the list: `subscribers`
- campaigns, transports and providers: `sending`
- what comes back: `inbox` and `listserver`
- what you need to send well: `doctor`
"""
