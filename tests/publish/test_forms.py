"""A target of a known kind that is written wrongly: the message shows a form that works."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from briefing.errors import BriefingError, WrongUseError
from briefing.publish import TargetOptions, publish
from briefing.publish.s3.location import parse_location
from briefing.publish.ssh.url import parse_url
from briefing.publish.targets import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

WRITTEN_WRONGLY = {
    "file": ("", "//", "///", "%00", "//host/srv/www", "~nobody-of-this-name/www"),
    "folder": ("", "/", ".", "..", "//", "//host/www", "%00", "~nobody-of-this-name/www"),
    "pages": ("/srv/www", "/", "./www", "~/www", "//host/x", "nowhere/gh-pages", "origin", "origin/", "a..b", "a b"),
    "s3": ("", "bucket", "//", "///prefix", "//Bucket", "//b", "//me:hunter2@bucket", "//[b", "//bucket/../b", "//bucket?x=y", "//bucket#x", "//bucket?region=Europe%20West", "//bucket?endpoint=minio"),
    "ssh": ("", "host/www", "//", "///www", "//host", "//host/", "//me:hunter2@host/www", "//ho st/www", "//host:0/www", "//host/~ada/www", "//host/~", "//host/../www", "//host/%ff"),
}  # fmt: skip
EXAMPLE = re.compile(r"write ((?:{}):[^\s,;]*)".format("|".join(EXAMPLES)))


def test_every_kind_of_target_is_tried() -> None:
    assert WRITTEN_WRONGLY.keys() == EXAMPLES.keys()


@pytest.fixture
def root(output: Path, build: Callable[[Mapping[str, str]], str], git: Callable[..., str]) -> Path:
    """A publication with a built site, in a repository that has a remote."""
    build({"index.html": "one"})
    root = output.parent
    git(root.parent, "init", "--bare", "remote.git")
    git(root, "init")
    git(root, "remote", "add", "origin", str(root.parent / "remote.git"))
    return root


@pytest.mark.parametrize("target", [f"{scheme}:{rest}" for scheme, rests in WRITTEN_WRONGLY.items() for rest in rests])
def test_the_message_shows_a_form_that_works(root: Path, target: str) -> None:
    with pytest.raises(WrongUseError) as found:
        publish(target, root / "output", root, TargetOptions(dry_run=True))
    said = str(found.value)
    assert "hunter2" not in said
    examples = EXAMPLE.findall(said)
    assert examples, said
    for example in examples:
        assert_is_read(example, root)


def assert_is_read(target: str, root: Path) -> None:
    """Fail unless a target's form is right; nothing is asked of another machine."""
    scheme, _, address = target.partition(":")
    if scheme == "ssh":
        parse_url(address)
    elif scheme == "s3":
        parse_location(address, {})
    else:
        try:
            publish(target, root / "output", root, TargetOptions(dry_run=True))
        except WrongUseError:
            raise
        except BriefingError:
            pass  # what is there on this machine does not matter
