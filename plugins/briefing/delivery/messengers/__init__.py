"""Transports that take finished messages, each told by its URL scheme."""
