"""One sending of a digest: every reader once, whatever happens on the way.

`opening` freezes who gets what, `sending` hands it over reader by reader, `ledger` keeps what became of each, and
`closing` adds up. A delivery is `inflight` in the ledger before its message can be taken, and leaves that state only
by an answer: what a killed run left in it is `unknown`, and is never sent again unless the user says so.
"""
