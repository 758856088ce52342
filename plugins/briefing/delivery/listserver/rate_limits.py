"""How often one client may cause a mail: buckets of tokens in memory, bounded in number."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

_MOST: Final = 10_000  # clients that are remembered; the one that asked longest ago is forgotten first
_LONGEST: Final = 64  # characters of a client that is not a valid address
_NETWORK: Final = 64  # bits: what one subscriber of an IPv6 provider has at least (RFC 6177, section 2)


@dataclass(slots=True)
class Limiter:
    """So many at once (`burst`), then one every `seconds`, for each key."""

    burst: int
    seconds: float
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait(self, key: str, now: float) -> float:
        """Take one for a key: 0 where it may go ahead, else the seconds until the next; a refused one costs nothing."""
        left, at = self._buckets.pop(key, (float(self.burst), now))
        left = min(float(self.burst), left + max(now - at, 0.0) / self.seconds)
        may_go = left >= 1
        self._buckets[key] = (left - 1 if may_go else left, now)
        if len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)
        return 0.0 if may_go else (1 - left) * self.seconds


def client_key(host: str) -> str:
    """Whom a limit counts: an IPv4 address, an IPv6 network of 64 bits, or what else a proxy names."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host[:_LONGEST]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _NETWORK), strict=False))
