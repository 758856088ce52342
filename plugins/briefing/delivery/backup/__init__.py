"""The ledger in a file that only a passphrase opens, and back: `sealing` the octets, `dump` the rows, `restoring`."""
