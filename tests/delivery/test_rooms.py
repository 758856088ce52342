"""Inside `delivery`, imports go down the rows only: everything stands on `store`, and `store` on nothing here."""

from __future__ import annotations

from typing import Final

from tests.test_layers import PLUGINS, imports, modules

ROWS: Final = (
    ("doctor", "inbox", "listserver"),
    ("sending", "subscribers", "one_click"),
    ("store",),
)
ROW_OF: Final = {room: number for number, row in enumerate(ROWS) for room in row}


def upward(name: str, imported: set[str]) -> list[str]:
    """The imports of a module of `delivery` that lead to another room of its own row, or to a higher one."""
    room = name.split(".")[1]
    others = {each: each.split(".")[2] for each in imported if each.startswith("briefing.delivery.")}
    return [
        f"{name}: imports {each}, which is not in a lower row"
        for each, other in sorted(others.items())
        if other != room and ROW_OF[other] <= ROW_OF[room]
    ]


def test_every_room_has_a_row() -> None:
    rooms = {name.split(".")[1] for name in modules(PLUGINS) if name.startswith("delivery.")}
    assert rooms == set(ROW_OF)


def test_imports_go_down_only() -> None:
    files = {name: file for name, file in modules(PLUGINS).items() if name.startswith("delivery.")}
    assert [fault for name, file in files.items() for fault in upward(name, imports(file))] == []


def test_the_gate_sees() -> None:
    assert upward("delivery.store.tables", {"briefing.delivery.subscribers.commit"})
    assert upward("delivery.inbox.intake", {"briefing.delivery.listserver.mailer"})
    assert not upward("delivery.listserver.mailer", {"briefing.delivery.store.tables", "briefing.errors"})
