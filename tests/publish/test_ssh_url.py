"""The URL of an `ssh:` target."""

from __future__ import annotations

import pytest

from briefing.errors import WrongUseError
from briefing.publish.ssh.url import SshAddress, read_address


@pytest.mark.parametrize(
    ("address", "read", "destination"),
    [
        ("//host/srv/www", SshAddress("", "host", "", "/srv/www"), "host"),
        ("//me@host.example:2222/srv//www/", SshAddress("me", "host.example", "2222", "/srv/www"), "me@host.example"),
        ("//me@[::1]:22/%20a", SshAddress("me", "[::1]", "22", "/ a"), "me@::1"),
        ("//host/~/www", SshAddress("", "host", "", "~/www"), "host"),
        ("//host/%7E/www", SshAddress("", "host", "", "/~/www"), "host"),
        ("//d%C3%A9@my_alias/gr%C3%B6%C3%9Fe?#", SshAddress("d%C3%A9", "my_alias", "", "/größe?#"), "d%C3%A9@my_alias"),
    ],
)
def test_addresses_are_read(address: str, read: SshAddress, destination: str) -> None:
    assert read_address(address) == read
    assert read.destination == destination


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("", "ssh: names no host: write ssh://user@host/srv/www"),
        ("host/srv", "ssh: names no host"),
        ("///srv/www", "names no host that ssh would accept"),
        ("//-oProxyCommand=x/srv", "names no host that ssh would accept"),
        ("//-oProxyCommand=x@host/srv", "names no host that ssh would accept"),
        ("//ho st/srv", "names no host that ssh would accept"),
        ("//host:0/srv", "names no host that ssh would accept"),
        ("//host:99999/srv", "names no host that ssh would accept"),
        ("//host:ssh/srv", "names no host that ssh would accept"),
        ("//me:secret@host/srv", "ssh: holds a password, and none is ever used: log in by key"),
        ("//host", "ssh://host names no folder: write ssh://user@host/srv/www"),
        ("//host//", "names no folder"),
        ("//host/~", "names another account's home"),
        ("//host/~/", "names no folder"),
        (
            "//host/~ada/www",
            "names another account's home: write ssh://user@host/srv/www with its whole path, or ssh://user@host/~/www",
        ),
        ("//host/srv/../www", "contains .. or characters that are not text"),
        ("//host/srv/%0Awww", "contains .. or characters that are not text"),
        ("//host/srv/%FFwww", "contains .. or characters that are not text"),
    ],
)
def test_addresses_that_make_no_sense_are_told(address: str, says: str) -> None:
    with pytest.raises(WrongUseError) as found:
        read_address(address)
    assert says in str(found.value)
    assert "secret" not in str(found.value)
