"""The error for a certificate that is valid, but for another host name."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_MISMATCHES: Final = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH of OpenSSL
_PRINTABLE = re.compile(r"[A-Za-z0-9*_.:-]+")
_MOST: Final = 3


def is_mismatch(error: BaseException | None) -> bool:
    """Whether verification failed only because of the name."""
    return isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in _MISMATCHES


def without_name_check(context: ssl.SSLContext) -> ssl.SSLContext:
    """A context that trusts the same authorities whatever the name: only to read the certificate."""
    unchecked = ssl.create_default_context()
    unchecked.check_hostname = False
    for authority in context.get_ca_certs(binary_form=True):
        unchecked.load_verify_locations(cadata=authority)
    return unchecked


def mismatch_reason(host: str, names: Iterable[str]) -> str:
    """What is wrong with a certificate for these names, and what to do."""
    shown = [name for name in names if _PRINTABLE.fullmatch(name)]
    if not shown:
        return f"has a certificate that is not for {host}; use the host name that the provider documents"
    others = " and others" if len(shown) > _MOST else ""
    written = " and ".join(shown[:_MOST]) if not others else ", ".join(shown[:_MOST])
    return f"has a certificate for {written}{others}, not for {host}; use that name in the URL"
