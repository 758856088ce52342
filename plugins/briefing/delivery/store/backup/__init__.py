"""Encrypted backups of the database.

`encryption` uses age, `dump` writes rows, `columns` validates values, `contents` reads and validates a whole backup, and `restore`
writes its rows to a database.
"""
