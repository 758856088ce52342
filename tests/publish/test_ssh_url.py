"""The URL of an `ssh:` target."""

from __future__ import annotations

import pytest

from briefing.errors import WrongUseError
from briefing.publish.ssh.url import SshTarget, parse_url


@pytest.mark.parametrize(
    ("address", "read", "destination"),
    [
        ("//host/srv/www", SshTarget("", "host", "", "/srv/www"), "host"),
        ("//me@host.example:2222/srv//www/", SshTarget("me", "host.example", "2222", "/srv/www"), "me@host.example"),
        ("//me@[::1]:22/%20a", SshTarget("me", "[::1]", "22", "/ a"), "me@::1"),
        ("//host/~/www", SshTarget("", "host", "", "~/www"), "host"),
        ("//host/%7E/www", SshTarget("", "host", "", "/~/www"), "host"),
        ("//d%C3%A9@my_alias/gr%C3%B6%C3%9Fe?#", SshTarget("d%C3%A9", "my_alias", "", "/größe?#"), "d%C3%A9@my_alias"),
    ],
)
def test_addresses_are_read(address: str, read: SshTarget, destination: str) -> None:
    assert parse_url(address) == read
    assert read.destination == destination


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("", "ssh: names no host: write ssh://user@host/srv/www"),
        ("host/srv", "ssh: names no host"),
        ("///srv/www", "does not name a valid host"),
        ("//-oProxyCommand=x/srv", "does not name a valid host"),
        ("//-oProxyCommand=x@host/srv", "does not name a valid host"),
        ("//ho st/srv", "does not name a valid host"),
        ("//host:0/srv", "does not name a valid host"),
        ("//host:99999/srv", "does not name a valid host"),
        ("//host:ssh/srv", "does not name a valid host"),
        ("//me:secret@host/srv", "ssh: URLs cannot contain a password: log in with a key"),
        ("//host", "ssh://host names no folder: write ssh://user@host/srv/www"),
        ("//host//", "names no folder"),
        ("//host/~", "names another account's home"),
        ("//host/~/", "names no folder"),
        (
            "//host/~ada/www",
            "names another account's home folder: write ssh://user@host/srv/www with its full path, or ssh://user@host/~/www",
        ),
        ("//host/srv/../www", "contains .. or characters that are not text"),
        ("//host/srv/%0Awww", "contains .. or characters that are not text"),
        ("//host/srv/%FFwww", "contains .. or characters that are not text"),
    ],
)
def test_addresses_that_make_no_sense_are_told(address: str, says: str) -> None:
    with pytest.raises(WrongUseError) as found:
        parse_url(address)
    assert says in str(found.value)
    assert "secret" not in str(found.value)
