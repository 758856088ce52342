"""One sending of a digest: each reader gets it once, whatever fails on the way.

`opening` freezes the digest and its recipients, `run` sends it: the `coordinator` claims deliveries in the `ledger`,
`workers` hand them to a transport, and `closing` adds up. A delivery is `inflight` in the ledger before its message
can be accepted, and leaves that state only by an outcome. What a killed run leaves `inflight` becomes `unknown`, and
is not sent again unless the user wants it. docs/explanation/sending.md follows one address through it.
"""
