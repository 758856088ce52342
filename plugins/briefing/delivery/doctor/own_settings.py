"""What the settings lack. Needs no network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from briefing.delivery.doctor.results import error, ok, warning
from briefing.digest.headers import bare_address
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.delivery.doctor.plan import DoctorPlan
    from briefing.delivery.doctor.results import DoctorFinding
    from briefing.settings import Settings

CHECK: Final = "settings"
# Each setting of `email` that sending needs, why, and an example.
_NEEDED: Final = (
    ("sender", "issues have no sender", "Name <briefing@example.org>"),
    ("reply_to", "replies have no address", "desk@example.org"),
    ("postal_address", "many laws require a postal address in every issue", "Name, 1 Example Street, London"),
    ("bounce_address", "bounces are not recorded", "bounces@example.org"),
)


def judge(settings: Settings, plan: DoctorPlan) -> Iterator[DoctorFinding]:
    """Each setting that sending needs."""
    has_provider = plan.outlet is not None and plan.outlet.keeps_list
    for name, why, example in _NEEDED[:-1] if has_provider else _NEEDED:
        value = getattr(settings.options.email, name)
        if not value:
            yield error(CHECK, f"email.{name} is empty: {why}", _write("email", name, example))
        elif name in {"sender", "reply_to"} and (fault := _fault(name, value)):
            yield error(CHECK, fault, _write("email", name, example))
        else:
            yield ok(CHECK, f"email.{name} is set")
    yield _of_transport(plan)
    yield _of_site(settings.url)
    if has_provider:
        yield ok(CHECK, "readers unsubscribe with the links of the provider, which keeps the list")
    else:
        yield from _of_unsubscribing(settings)


def _fault(name: str, value: str) -> str:
    try:
        bare_address(f"email.{name}", value)
    except BriefingError as fault:
        return str(fault)
    return ""


def _of_transport(plan: DoctorPlan) -> DoctorFinding:
    if plan.outlet:
        where = f"{plan.outlet.host}:{plan.outlet.port}" if plan.outlet.is_smtp else "no server of yours"
        return ok(CHECK, f"the transport is {plan.outlet.scheme}: ({where})")
    what = plan.outlet_fault or "no mail transport is configured"
    return error(CHECK, what, f"{_write('delivery', 'transport', 'smtp://USER@HOST:587')}, or pass --via")


def _of_site(url: str) -> DoctorFinding:
    if not url.startswith("https://"):
        what = "SITEURL is empty" if not url else "SITEURL does not use https"
        return error(
            CHECK, f"{what}: pictures and links in a digest need an https URL", 'SITEURL = "https://example.org"'
        )
    return ok(CHECK, "SITEURL uses https")


def _of_unsubscribing(settings: Settings) -> Iterator[DoctorFinding]:
    server, address = settings.options.delivery.listserver, settings.options.email.unsubscribe_address
    write = _write("delivery", "listserver", "https://list.example.org")
    if not server and not address:
        yield error(CHECK, "readers cannot unsubscribe: there is neither a list server nor a mailbox for it", write)
    elif not server:
        maximum = settings.options.delivery.readers_by_mail
        yield warning(
            CHECK, f"readers can unsubscribe only by mail, and `send` refuses more than {maximum} of them", write
        )
    elif urlsplit(server).scheme != "https":
        yield error(
            CHECK, "delivery.listserver does not use https, which one-click unsubscribing needs (RFC 8058)", write
        )
    else:
        yield ok(CHECK, "delivery.listserver uses https")
    if server and not address:
        what = "email.unsubscribe_address is empty, and some mail programs unsubscribe only by mail"
        yield warning(CHECK, what, _write("email", "unsubscribe_address", "leave@example.org"))


def _write(section: str, name: str, example: str) -> str:
    return f'set BRIEFING["{section}"]["{name}"] in pelicanconf.py, such as "{example}"'
