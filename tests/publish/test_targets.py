"""A kind of target is one module or folder, imported only when a URL has its scheme."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from briefing.errors import WrongUseError
from briefing.publish import Published, TargetOptions, publish, require_target, targets
from briefing.publish.contract import TargetKind
from briefing.publish.report import Changes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from briefing.publish.built_site import BuiltSite

SCHEMES = sorted(targets.EXAMPLES)
PROGRAM = """
import os, sys
from pathlib import Path
from briefing.publish import TargetOptions, publish, require_target
root = Path(sys.argv[2])
if sys.argv[1] == "file:www":
    publish("file:www", root / "output", root, TargetOptions())
else:
    require_target(sys.argv[1], root / "output", root, os.environ)
print(*sys.modules)
"""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_has_a_kind(scheme: str) -> None:
    assert isinstance(import_module(f"briefing.publish.{scheme}").KIND, TargetKind)


@pytest.mark.parametrize(
    ("target", "scheme"), [("file:www", "file"), ("folder:www", "folder"), ("s3://bucket", "s3"), ("pages:", "pages")]
)
def test_only_the_kind_in_the_url_is_imported(
    output: Path, build: Callable[[Mapping[str, str]], str], git: Callable[..., str], target: str, scheme: str
) -> None:
    build({"index.html": "one"})
    git(output.parent, "init")
    git(output.parent, "remote", "add", "origin", "nowhere")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, target, str(output.parent)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
        text=True,
    )
    modules = set(done.stdout.split())
    assert {one for one in SCHEMES if f"briefing.publish.{one}" in modules} == {scheme}
    assert not modules & {"boto3", "botocore", "httpx", "pelican"}


def test_a_new_kind_needs_one_module_and_one_example(
    output: Path, build: Callable[[Mapping[str, str]], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    uploaded = []

    def validate(address: str, output: Path, root: Path, environment: Mapping[str, str]) -> None:
        del output, root, environment
        if not address.strip("/"):
            msg = "ftp: names no host"
            raise WrongUseError(msg)

    def upload(address: str, site: BuiltSite, root: Path, options: TargetOptions) -> Published:
        del root, options
        uploaded.append((address, site.names))
        return Published(f"ftp:{address}", site.id, Changes(site.names, (), (), 0))

    module = ModuleType("briefing.publish.ftp")
    module.KIND = TargetKind(validate, upload)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "briefing.publish.ftp", module)
    monkeypatch.setattr(targets, "EXAMPLES", {**targets.EXAMPLES, "ftp": "ftp://HOST/FOLDER"})
    build({"index.html": "one"})
    with pytest.raises(WrongUseError, match="ftp: names no host"):
        require_target("ftp://", output, output.parent, {})
    publish("ftp://host/www", output, output.parent, TargetOptions())
    assert uploaded == [("//host/www", ("build.json", "index.html"))]
    with pytest.raises(WrongUseError, match="ftp: keeps no releases to roll back to"):
        publish("ftp://host/www", output, output.parent, TargetOptions(rollback=True))
