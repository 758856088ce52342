"""A certificate that is good, but for another name than the one that was connected to: what to say of it."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_MISMATCHES: Final = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH of OpenSSL
_SAYABLE = re.compile(r"[A-Za-z0-9*_.:-]+")
_MOST: Final = 3


def is_mismatch(error: BaseException | None) -> bool:
    """Whether verifying failed over nothing but the name."""
    return isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in _MISMATCHES


def without_names(context: ssl.SSLContext) -> ssl.SSLContext:
    """Trusts the same authorities as a context that has verified before, whatever the name; only for looking."""
    look = ssl.create_default_context()
    look.check_hostname = False
    for authority in context.get_ca_certs(binary_form=True):
        look.load_verify_locations(cadata=authority)
    return look


def told_mismatch(host: str, names: Iterable[str]) -> str:
    """What a server does wrong whose certificate is for these names, and what to do."""
    shown = [name for name in names if _SAYABLE.fullmatch(name)]
    if not shown:
        return f"shows a certificate that is not for {host}; write the host that it is for, as the provider names it"
    others = " and others" if len(shown) > _MOST else ""
    said = " and ".join(shown[:_MOST]) if not others else ", ".join(shown[:_MOST])
    return f"shows a certificate for {said}{others} and not for {host}; write such a host in the URL"
