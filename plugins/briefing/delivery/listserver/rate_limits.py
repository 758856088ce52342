"""Rate limits per client: token buckets in memory, limited in number."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

_MAX_CLIENTS: Final = 10_000  # remembered; the least recent is forgotten first
_MAX_NAME: Final = 64  # characters of a client that is not a valid IP address
_NETWORK: Final = 64  # bits; one IPv6 customer has at least such a network (RFC 6177, section 2)


@dataclass(slots=True)
class Limiter:
    """`burst` requests at once, then one every `seconds`, for each key."""

    burst: int
    seconds: float
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait(self, key: str, now: float) -> float:
        """0 if a request of this key may proceed, else the seconds until the next one may. A refused one does not count."""
        left, at = self._buckets.pop(key, (float(self.burst), now))
        left = min(float(self.burst), left + max(now - at, 0.0) / self.seconds)
        is_allowed = left >= 1
        self._buckets[key] = (left - 1 if is_allowed else left, now)
        if len(self._buckets) > _MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if is_allowed else (1 - left) * self.seconds


def client_key(host: str) -> str:
    """The key of a client: an IPv4 address, an IPv6 /64 network, or whatever else a proxy reports."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host[:_MAX_NAME]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _NETWORK), strict=False))
