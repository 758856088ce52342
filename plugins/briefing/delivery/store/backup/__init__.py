"""The ledger in a file that only a passphrase opens, and back.

`sealing` is age, `dump` writes rows, `shapes` says what a row may be, `payload` reads a backup and believes nothing, and
`restoring` writes what it read.
"""
