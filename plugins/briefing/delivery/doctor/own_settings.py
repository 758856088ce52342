"""What the settings lack, seen without asking anybody."""

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
# Each setting of `email` that sending needs, what goes wrong without it, and an example.
_NEEDED: Final = (
    ("sender", "nobody is named as the sender", "Name <briefing@example.org>"),
    ("reply_to", "readers' answers have no address of their own", "desk@example.org"),
    ("postal_address", "many laws ask for a postal address in every issue", "Name, 1 Example Street, London"),
    ("bounce_address", "nobody learns which addresses are dead", "bounces@example.org"),
)


def judge(settings: Settings, plan: DoctorPlan) -> Iterator[DoctorFinding]:
    """Each setting that sending needs."""
    is_handed_off = plan.outlet is not None and plan.outlet.keeps_list
    for name, why, example in _NEEDED[:-1] if is_handed_off else _NEEDED:
        value = getattr(settings.options.email, name)
        if not value:
            yield error(CHECK, f"email.{name} is empty: {why}", _write("email", name, example))
        elif name in {"sender", "reply_to"} and (fault := _fault(name, value)):
            yield error(CHECK, fault, _write("email", name, example))
        else:
            yield ok(CHECK, f"email.{name} is set")
    yield _of_transport(plan)
    yield _of_site(settings.url)
    if is_handed_off:
        yield ok(CHECK, "readers leave by the links of the provider, which keeps the list")
    else:
        yield from _of_leaving(settings)


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
    said = plan.outlet_fault or "nothing is named that sends"
    return error(CHECK, said, f"{_write('delivery', 'transport', 'smtp://USER@HOST:587')}, or give --via")


def _of_site(url: str) -> DoctorFinding:
    if not url.startswith("https://"):
        said = "SITEURL is empty" if not url else "SITEURL has no https"
        return error(CHECK, f"{said}: a digest's pictures and links need it", 'SITEURL = "https://example.org"')
    return ok(CHECK, "SITEURL has https")


def _of_leaving(settings: Settings) -> Iterator[DoctorFinding]:
    server, address = settings.options.delivery.listserver, settings.options.email.unsubscribe_address
    write = _write("delivery", "listserver", "https://list.example.org")
    if not server and not address:
        yield error(CHECK, "readers have no way to leave: there is neither a list server nor a mailbox for it", write)
    elif not server:
        most = settings.options.delivery.readers_by_mail
        yield warning(CHECK, f"readers unsubscribe by mail only: send refuses more than {most} of them", write)
    elif urlsplit(server).scheme != "https":
        yield error(CHECK, "delivery.listserver has no https, which one-click unsubscribing needs (RFC 8058)", write)
    else:
        yield ok(CHECK, "delivery.listserver has https")
    if server and not address:
        said = "email.unsubscribe_address is empty: some mail programs unsubscribe by mail only"
        yield warning(CHECK, said, _write("email", "unsubscribe_address", "leave@example.org"))


def _write(section: str, name: str, example: str) -> str:
    return f'set BRIEFING["{section}"]["{name}"] in pelicanconf.py, such as "{example}"'
