"""The database of list and ledger, and what is derived from its secret: tokens, links, backups."""
