"""`s3:` against moto's server, through a gate that records, checks and refuses as services do."""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import os
import random
import re
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore.loaders
import botocore.session
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from briefing.errors import BriefingError, WrongUseError
from briefing.publish import Published, TargetOptions, publish
from briefing.publish.built_site import read_built_site
from briefing.publish.manifest import Manifest, name_hash, parse_manifest
from briefing.publish.s3 import upload
from briefing.publish.s3.location import parse_location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Build = Callable[[Mapping[str, str]], str]
    Tree = Callable[[Path], dict[str, bytes]]
    Put = Callable[..., Published]
    Served = Callable[[], dict[str, bytes]]

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
CSS, NEWER = "theme/style.0123456789.css", "theme/style.abcdef0123.css"
ONE = {
    "index.html": f"one {CSS}",
    "404.html": "none",
    "stories/a/index.html": f"a {CSS}",
    "feeds/all.atom.xml": "one",
    "images/größe 1.png": "p",
    CSS: "c",
}
TWO = {
    "index.html": f"two {NEWER}",
    "404.html": "none",
    "stories/a/index.html": f"a {NEWER}",
    "stories/b/index.html": f"b {NEWER}",
    "feeds/all.atom.xml": "two",
    "images/größe 1.png": "p",
    NEWER: "d",
}
MANIFEST = ".briefing/published.json"


class Gate:
    """A service of S3's kind on loopback: what it was asked for, and what it refuses."""

    def __init__(self) -> None:
        self._service = DomainDispatcherApplication(create_backend_app)
        self._lock = threading.Lock()
        self.url = ""
        self.reset()

    def reset(self) -> None:
        self.asked: list[tuple[str, str]] = []  # method and path, whatever came of it
        self.heads: dict[str, dict[str, str]] = {}
        self.refusals: dict[tuple[str, str], tuple[int, str, str]] = {}  # (method, end of the path) -> an answer
        self.page = 1000  # names that a listing gives at once
        self.on_write: Callable[[str], None] = lambda _path: None
        self.under_way = self.most = 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        method = environ["REQUEST_METHOD"]
        path = environ["PATH_INFO"].encode("latin-1").decode().partition("/")[2].partition("/")[2]
        with self._lock:
            self.asked.append((method, path))
            if method == "PUT":
                self.heads[path] = {name: value for name, value in environ.items() if isinstance(value, str)}
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        try:
            return self._answer(method, path, environ, start)
        finally:
            with self._lock:
                self.under_way -= 1

    def _answer(self, method: str, path: str, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        if method in {"PUT", "DELETE"}:
            self.on_write(path)
        for (verb, end), (status, code, more) in self.refusals.items():
            if verb == method and path.endswith(end):
                return self._refuse(start, status, code, more)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        if "HTTP_CONTENT_MD5" in environ:  # every upload of publish's, says a test
            md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
            signed = environ["HTTP_X_AMZ_CONTENT_SHA256"], environ["HTTP_CONTENT_MD5"]
            if signed != (hashlib.sha256(body).hexdigest(), md5):
                return self._refuse(start, 400, "BadDigest")
        if "list-type" in environ["QUERY_STRING"]:
            environ["QUERY_STRING"] += f"&max-keys={self.page}"
        return self._service(environ, start)

    @staticmethod
    def _refuse(start: Callable[..., Any], status: int, code: str, more: str = "") -> list[bytes]:
        text = f"<Error><Code>{code}</Code><Message>AKIDEXAMPLE a-secret-of-aws</Message>{more}</Error>"
        start(f"{status} X", [("Content-Type", "application/xml"), ("Content-Length", str(len(text)))])
        return [text.encode()]

    def wrote(self) -> list[tuple[str, str]]:
        """Every change that was asked for."""
        return [(method, path) for method, path in self.asked if method not in {"GET", "HEAD"}]


class Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(autouse=True, scope="module")
def _models_read_once() -> Iterator[None]:
    """What boto3 knows of each service is megabytes of JSON, read anew for every session."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", functools.cache(botocore.loaders.create_loader))
        yield


@pytest.fixture(scope="module")
def service() -> Iterator[Gate]:
    gate = Gate()
    server = make_server("127.0.0.1", 0, gate, threaded=True, request_handler=Quiet)
    gate.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield gate
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def gate(service: Gate) -> Gate:
    service.reset()
    return service


@pytest.fixture(scope="module")
def s3(service: Gate) -> Iterator[Any]:
    client = boto3.client("s3", endpoint_url=service.url, region_name="us-east-1")
    yield client
    client.close()


@pytest.fixture
def bucket(s3: Any, gate: Gate, request: pytest.FixtureRequest) -> str:
    name = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:30]
    s3.create_bucket(Bucket=name)
    gate.reset()
    return name


@pytest.fixture
def root(output: Path, build: Build) -> Path:
    build(ONE)
    return output.parent


@pytest.fixture
def put(root: Path, bucket: str, gate: Gate) -> Callable[..., Published]:
    """Publish, by default to the bucket's root; other arguments are options."""

    def run(prefix: str = "", *, endpoint: str = gate.url, **options: Any) -> Published:
        environment = {"AWS_ENDPOINT_URL_S3": endpoint, **options.pop("environment", os.environ)}
        return publish(
            f"s3://{bucket}{prefix}", root / "output", root, TargetOptions(environment=environment, **options)
        )

    return run


@pytest.fixture
def served(s3: Any, bucket: str) -> Callable[[], dict[str, bytes]]:
    """Every object but publish's own."""

    def read() -> dict[str, bytes]:
        names = [row["Key"] for row in s3.list_objects_v2(Bucket=bucket).get("Contents", ())]
        ours = [name for name in names if ".briefing/" not in name]
        return {name: s3.get_object(Bucket=bucket, Key=name)["Body"].read() for name in ours}

    return read


def test_the_bucket_holds_what_was_built_and_only_what_changed_is_uploaded(  # noqa: PLR0913, PLR0917 - fixtures
    root: Path, build: Build, put: Put, served: Served, tree: Tree, s3: Any, bucket: str, gate: Gate
) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert len(put().changes.added) == 7
    assert served() == tree(root / "output")
    versions = {
        name: s3.head_object(Bucket=bucket, Key=name)["VersionId"] for name in ("404.html", "images/größe 1.png")
    }
    build(TWO)
    published = put()
    assert served() == tree(root / "output")
    assert published.changes.unchanged == 2
    assert published.changes.removed == (CSS,)
    for name, version in versions.items():
        assert s3.head_object(Bucket=bucket, Key=name)["VersionId"] == version
    gate.reset()
    place = f"s3://{bucket} at {gate.url.removeprefix('http://')}"
    assert list(put().lines()) == [f"nothing to publish: {place} already contains build {published.build_id}"]
    assert gate.wrote() == []


def test_what_is_named_goes_first_and_removed_is_last(build: Build, put: Put, gate: Gate) -> None:
    put()
    build(TWO)
    gate.reset()
    put()
    changes = [(method, path) for method, path in gate.wrote() if not path.startswith(".briefing/")]
    assert changes[:2] == [("PUT", NEWER), ("PUT", "stories/b/index.html")]
    assert sorted(changes[2:5]) == [
        (("PUT"), name) for name in ("feeds/all.atom.xml", "index.html", "stories/a/index.html")
    ]
    assert changes[5:] == [("PUT", "build.json"), ("DELETE", CSS)]
    build(ONE)
    gate.reset()
    put()
    assert [path for method, path in gate.wrote() if method == "DELETE"] == ["stories/b/index.html", NEWER]
    own = [(method, path) for method, path in gate.wrote() if path.startswith(".briefing/")]
    assert own == [("PUT", MANIFEST), ("PUT", MANIFEST)]
    assert gate.wrote()[0] == gate.wrote()[-1] == ("PUT", MANIFEST)


def test_every_file_has_its_headers(put: Put, s3: Any, bucket: str, gate: Gate) -> None:
    put()
    heads = {name: s3.head_object(Bucket=bucket, Key=name) for name in (*ONE, "build.json", MANIFEST)}
    stated = {name: (head["ContentType"], head["CacheControl"]) for name, head in heads.items()}
    asked = "public, max-age=0, must-revalidate"
    assert stated == {
        "index.html": ("text/html; charset=utf-8", asked),
        "404.html": ("text/html; charset=utf-8", asked),
        "stories/a/index.html": ("text/html; charset=utf-8", asked),
        "feeds/all.atom.xml": (
            "application/atom+xml; charset=utf-8",
            "public, max-age=300, s-maxage=0, must-revalidate",
        ),
        "images/größe 1.png": ("image/png", "public, max-age=3600, must-revalidate"),
        CSS: ("text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        "build.json": ("application/json", "no-cache"),
        MANIFEST: ("application/json", "no-cache"),
    }
    written = [path for _, path in gate.wrote()]
    assert all("HTTP_CONTENT_MD5" in gate.heads[path] for path in written)
    assert not [name for head in gate.heads.values() for name in head if "ACL" in name or "AMZ_CHECKSUM" in name]


def test_new_headers_are_told_of_files_that_stay(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put()
    from briefing.publish import http_headers

    monkeypatch.setattr(http_headers, "REVALIDATE", "no-store")
    assert put().changes.changed == ("404.html", "index.html", "stories/a/index.html")


def test_a_prefix_is_a_place_of_its_own(root: Path, put: Put, served: Served, tree: Tree, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="other.html", Body=b"theirs")
    s3.put_object(Bucket=bucket, Key="one/", Body=b"")
    s3.put_object(Bucket=bucket, Key="one/two/", Body=b"")
    assert put("/one/two%20%C3%BC/").target.startswith(f"s3://{bucket}/one/two ü at ")
    whole = {f"one/two ü/{name}": content for name, content in tree(root / "output").items()}
    assert served() == {**whole, "other.html": b"theirs", "one/": b"", "one/two/": b""}


def test_a_site_below_another_is_left_alone(  # noqa: PLR0913, PLR0917 - fixtures
    root: Path, build: Build, put: Put, served: Served, tree: Tree, gate: Gate, s3: Any, bucket: str
) -> None:
    def at(prefix: str) -> dict[str, bytes]:
        return {f"{prefix}{name}": content for name, content in tree(root / "output").items()}

    put("/p")
    first = at("p/")
    build(TWO)
    for inner in ("/p/q", "/p/r/s"):
        put(inner)
    others = {**at("p/q/"), **at("p/r/s/")}
    assert not put("/p/q").changes
    published = put("/p", dry_run=True)
    assert published.changes.removed == (CSS,)
    assert served() == {**first, **others}
    put("/p")
    assert served() == {**at("p/"), **others}
    gate.reset()
    assert not put("/p").changes
    assert gate.wrote() == []
    s3.put_object(Bucket=bucket, Key="p/r/other.txt", Body=b"theirs")
    with pytest.raises(BriefingError, match=re.escape("(r/other.txt)")):
        put("/p")
    s3.delete_object(Bucket=bucket, Key="p/r/other.txt")
    build({**TWO, "q/index.html": "ours"})
    with pytest.raises(BriefingError, match=re.escape("(q/index.html)")):
        put("/p")


def test_a_dry_run_lists_and_writes_nothing(root: Path, put: Put, gate: Gate) -> None:
    assert "  new      index.html" in list(put(dry_run=True).lines())
    assert gate.wrote() == []
    assert sorted(path.name for path in root.iterdir()) == ["output"]


def test_no_more_than_eight_are_under_way(build: Build, put: Put, gate: Gate) -> None:
    build({f"p{number}.html": "x" for number in range(40)})
    put()
    assert 1 < gate.most <= 8


def test_strangers_files_are_refused_and_once_adopted_never_removed(
    root: Path, build: Build, put: Put, tree: Tree, s3: Any, bucket: str, gate: Gate
) -> None:
    for number in range(1, 8):
        s3.put_object(Bucket=bucket, Key=f"a/{number}.txt", Body=b"theirs")
    s3.put_object(Bucket=bucket, Key="index.html", Body=b"theirs")
    gate.reset()
    gate.page = 3
    with pytest.raises(
        BriefingError, match=re.escape(f"{MANIFEST}, which does not exist (a/1.txt, a/2.txt, a/3.txt, ...)")
    ):
        put()
    with pytest.raises(BriefingError, match="files that publish did not upload"):
        put(dry_run=True)
    assert gate.wrote() == []
    put(adopt=True)
    build(TWO)
    assert put().changes.removed == (CSS,)
    assert len([path for method, path in gate.asked if method == "DELETE" and path.startswith("a/")]) == 0
    for name, content in tree(root / "output").items():
        assert s3.get_object(Bucket=bucket, Key=name)["Body"].read() == content
    s3.get_object(Bucket=bucket, Key="a/5.txt")
    build({**TWO, "a/7.txt": "ours"})
    with pytest.raises(BriefingError, match=re.escape("(a/7.txt)")):
        put()
    put(adopt=True)
    assert s3.get_object(Bucket=bucket, Key="a/7.txt")["Body"].read() == b"ours"


def test_what_is_adopted_is_remembered_where_nothing_else_changes(put: Put, s3: Any, bucket: str, gate: Gate) -> None:
    put()
    s3.put_object(Bucket=bucket, Key="other.txt", Body=b"theirs")
    with pytest.raises(BriefingError, match=re.escape("(other.txt)")):
        put()
    assert not put(adopt=True).changes
    gate.reset()
    assert not put().changes
    assert gate.wrote() == []


def test_a_lost_record_and_foreign_changes_are_noticed(
    root: Path, build: Build, put: Put, served: Served, tree: Tree, s3: Any, bucket: str
) -> None:
    put()
    s3.put_object(Bucket=bucket, Key="index.html", Body=b"replaced")
    s3.delete_object(Bucket=bucket, Key="404.html")
    changes = put().changes
    assert (changes.changed, changes.added) == (("index.html",), ("404.html",))
    s3.put_object(Bucket=bucket, Key=CSS, Body=b"replaced")
    build(TWO)
    with pytest.raises(BriefingError, match=re.escape(f"({CSS})")):
        put()
    put(adopt=True)
    assert served() == {**tree(root / "output"), CSS: b"replaced"}
    assert b"index" not in s3.get_object(Bucket=bucket, Key=MANIFEST)["Body"].read()
    s3.put_object(Bucket=bucket, Key=MANIFEST, Body=b"[]")
    with pytest.raises(BriefingError, match="is not a valid manifest: delete it, then run publish with --adopt"):
        put()
    s3.delete_object(Bucket=bucket, Key=MANIFEST)
    with pytest.raises(BriefingError, match="which does not exist"):
        put()
    put(adopt=True)
    assert not put().changes


def test_a_publish_killed_at_any_moment_leaves_whole_pages_and_is_finished(  # noqa: PLR0913, PLR0917 - fixtures
    root: Path,
    build: Build,
    put: Put,
    served: Served,
    tree: Tree,
    bucket: str,
    gate: Gate,
    request: pytest.FixtureRequest,
) -> None:
    script = (
        "import os, sys, pathlib\nfrom briefing.publish import TargetOptions, publish\nr = pathlib.Path(sys.argv[1])\n"
        "publish(sys.argv[2], r / 'output', r, TargetOptions(environment=os.environ))\n"
    )
    put()
    seen = {**{name: {text} for name, text in ONE.items()}}
    for name, text in TWO.items():
        seen.setdefault(name, set()).add(text)
    build(TWO)
    generator = random.Random(5)  # noqa: S311 - which moments, is all
    for turn, moment in enumerate(
        sorted(generator.sample(range(1, 10), 9 if request.config.getoption("--long") else 3))
    ):
        build((ONE, TWO)[turn % 2])
        put()
        build((TWO, ONE)[turn % 2])
        gate.reset()
        count = 0

        program = subprocess.Popen(
            [sys.executable, "-c", script, str(root), f"s3://{bucket}?endpoint={gate.url}"],
            env={**os.environ, "PYTHONPATH": str(PLUGINS)},
        )

        def kill(_path: str, program: Any = program, moment: int = moment) -> None:
            nonlocal count
            count += 1
            if count == moment:
                program.send_signal(signal.SIGKILL)
                program.wait()

        gate.on_write = kill
        assert program.wait() == -signal.SIGKILL
        gate.reset()
        found = {name: content.decode() for name, content in served().items() if name != "build.json"}
        assert all(text in seen[name] for name, text in found.items())
        for text in found.values():
            assert all(name in found for name in re.findall(r"theme/\S+", text))
        put()
        assert served() == tree(root / "output")


def test_a_publish_that_fails_is_finished_by_the_next(
    root: Path, build: Build, put: Put, served: Served, tree: Tree, gate: Gate
) -> None:
    put()
    build(TWO)
    gate.refusals[("PUT", "index.html")] = (403, "AccessDenied", "")
    with pytest.raises(BriefingError, match="grant the credentials s3:PutObject, then run publish again"):
        put()
    assert served()[CSS] == b"c"
    gate.refusals.clear()
    put()
    assert served() == tree(root / "output")


def test_what_is_built_anew_meanwhile_is_told(root: Path, put: Put, gate: Gate) -> None:
    def rebuild(path: str) -> None:
        if path == CSS:
            (root / "output" / "index.html").write_text("three")

    gate.on_write = rebuild
    with pytest.raises(BriefingError, match=r"was rebuilt during the publish \(index.html changed\)"):
        put()
    assert ("PUT", "build.json") not in gate.asked


def test_another_build_before_the_first_upload_is_told(root: Path, put: Put, gate: Gate) -> None:
    def replace() -> None:
        (root / "output" / "build.json").write_text('{"id": "abc"}')

    with pytest.raises(BriefingError, match="was rebuilt during the publish: run publish again"):
        put(require_fresh=replace)
    assert not [name for verb, name in gate.asked if verb == "PUT" and not name.startswith(".briefing/")]


def test_what_is_damaged_on_its_way_is_told(put: Put, gate: Gate) -> None:
    gate.refusals[("PUT", "index.html")] = (400, "XAmzContentSHA256Mismatch", "")
    with pytest.raises(BriefingError, match=r"a file changed or was damaged while it was uploaded to .*"):
        put()


@pytest.mark.parametrize(
    ("method", "status", "code", "says"),
    [
        ("GET", 404, "NoSuchBucket", "has no bucket [0-9a-f]+: create it, or correct its name"),
        ("GET", 403, "AccessDenied", "access denied: grant the credentials s3:GetObject"),
        ("GET", 403, "InvalidAccessKeyId", "does not accept the credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_"),
        ("GET", 403, "SignatureDoesNotMatch", "does not accept the credentials"),
        ("GET", 400, "ExpiredToken", "have expired: renew them"),
        ("GET", 400, "AuthorizationHeaderMalformed", r"another region \(eu-west-1\): add \?region=NAME .*AWS_REGION"),
        ("GET", 301, "PermanentRedirect", r"is in another region \(eu-west-1\)"),
        ("GET", 403, "RequestTimeTooSkewed", "this machine's clock is wrong"),
        ("PUT", 403, "AccessDenied", "grant the credentials s3:PutObject"),
        ("PUT", 507, "XMinioStorageFull", r"refused PutObject for .* \(XMinioStorageFull\)"),
    ],
)
def test_what_services_refuse_is_one_line_without_secrets(
    put: Put, gate: Gate, method: str, status: int, code: str, says: str
) -> None:
    gate.refusals[(method, "")] = (status, code, "<Region>eu-west-1</Region>")
    with pytest.raises(BriefingError, match=says) as found:
        put()
    assert "\n" not in str(found.value)
    assert "AKIDEXAMPLE" not in str(found.value)
    assert "a-secret-of-aws" not in str(found.value)


def test_a_missing_bucket_and_a_refused_listing_are_told(root: Path, put: Put, gate: Gate) -> None:
    with pytest.raises(BriefingError, match="has no bucket no-such-bucket"):
        publish(
            f"s3://no-such-bucket?endpoint={gate.url}", root / "output", root, TargetOptions(environment=os.environ)
        )
    gate.refusals[("GET", "published.json")] = (404, "NoSuchKey", "")
    gate.refusals[("GET", "")] = (403, "AccessDenied", "")
    with pytest.raises(BriefingError, match="s3:ListBucket"):
        put()


def test_a_service_with_too_much_to_do_is_asked_again(put: Put, gate: Gate) -> None:
    left = [("GET", MANIFEST)]

    def calm(path: str) -> None:
        if path == "index.html" and left:
            left.pop()
            gate.refusals[("PUT", "index.html")] = (503, "SlowDown", "")
        elif path == "index.html":
            gate.refusals.clear()

    gate.on_write = calm
    put()
    assert gate.asked.count(("PUT", "index.html")) == 2


def test_an_endpoint_out_of_reach_is_one_line(put: Put) -> None:
    with pytest.raises(BriefingError) as found:
        put(endpoint="http://127.0.0.1:1")
    assert str(found.value) == (
        "127.0.0.1:1 cannot be reached: check the endpoint and the network, then run publish again"
    )


def test_another_kind_of_server_is_told(put: Put, tmp_path: Path, serving: Callable[[Path], str]) -> None:
    with pytest.raises(BriefingError) as found:
        put(endpoint=serving(tmp_path).rstrip("/"))
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("left", [{}, {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE"}])
def test_missing_credentials_are_named(put: Put, left: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(
        BriefingError, match=r"there are no credentials for .*: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACC"
    ):
        put(environment=left)


def test_a_profile_that_is_not_there_is_told(put: Put) -> None:
    with pytest.raises(BriefingError, match=r"there are no credentials for .* or AWS_PROFILE"):
        put(environment={"AWS_PROFILE": "nobody"})


def test_a_state_folder_that_cannot_be_made_is_told(root: Path, put: Put) -> None:
    (root / ".briefing").write_text("")
    with pytest.raises(BriefingError, match=r"cannot write to .*briefing: "):
        put()


def test_a_file_that_cannot_be_read_is_told(root: Path) -> None:
    (root / "output" / "index.html").unlink()
    (root / "output" / "index.html").mkdir()
    built = read_built_site(root / "output")
    place = parse_location("//bucket?endpoint=http://127.0.0.1:1", {})
    with pytest.raises(
        BriefingError, match=r"publishing to s3://bucket at 127.0.0.1:1 failed: Is a directory: .*index"
    ):
        upload.upload_site(place, replace(built, names=("index.html",)), root, TargetOptions(environment=os.environ))


def test_two_at_once_from_one_folder_are_refused(root: Path, put: Put, gate: Gate) -> None:
    with pytest.raises(BriefingError, match="another publish of this site is running"):
        _within(gate, put)
    assert (root / ".briefing").stat().st_mode & 0o077 == 0
    put()


def _within(gate: Gate, put: Put) -> None:
    """Publish while another publish is at its first page."""
    faults: list[BriefingError] = []

    def again(path: str) -> None:
        if path == "index.html" and not faults:
            gate.on_write = lambda _path: None
            try:
                put()
            except BriefingError as error:
                faults.append(error)

    gate.on_write = again
    put()
    raise faults[0]


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("s3:", "s3: names no bucket: write s3://bucket"),
        ("s3://", "names no bucket"),
        ("s3:bucket", "s3: names no bucket: write s3://bucket"),
        ("s3:AKID:hunter2@bucket", "names no bucket"),
        ("s3:///prefix", "names no bucket"),
        ("s3://Bucket", "Bucket is not a valid bucket name: use 3 to 63 lower-case letters"),
        ("s3://ab", "is not a valid bucket name"),
        ("s3://a_b", "is not a valid bucket name"),
        ("s3://10.0.0.1", "is not a valid bucket name"),
        ("s3://a..b", "is not a valid bucket name"),
        ("s3://bucket-", "is not a valid bucket name"),
        ("s3://bucket:80", "is not a valid bucket name"),
        ("s3://AKID:hunter2@bucket", "cannot contain a user or password"),
        ("s3://bucket/a//b", "the prefix .* is not a valid path"),
        ("s3://bucket/../b", "the prefix .* is not a valid path"),
        ("s3://bucket/%0a", "the prefix .* is not a valid path"),
        ("s3://bucket/%ff", "the prefix .* is not a valid path"),
        ("s3://bucket?secret=hunter2", r"takes only \?endpoint=..., \?region=..., each once"),
        ("s3://bucket?region=", "each once"),
        ("s3://bucket?region=a&region=b", "each once"),
        ("s3://bucket#x", "each once"),
        ("s3://bucket?region=Europe%20West", "the region is not valid"),
        ("s3://bucket?endpoint=minio.example", "the endpoint is not a valid service address"),
        ("s3://bucket?endpoint=https://me:hunter2@minio.example", "the endpoint is not a valid service address"),
        ("s3://bucket?endpoint=ftp://minio.example", "the endpoint is not a valid service address"),
        ("s3://bucket?endpoint=https://minio.example:port", "the endpoint is not a valid service address"),
        ("s3://[bucket", "not a valid bucket URL"),
    ],
)
def test_wrong_use_is_told(root: Path, target: str, says: str) -> None:
    with pytest.raises(WrongUseError, match=says) as found:
        publish(target, root / "output", root, TargetOptions())
    assert "hunter2" not in str(found.value)


def test_what_the_address_leaves_out_is_the_environments() -> None:
    named = parse_location("//bucket?endpoint=https://r2.example/&region=auto", {"AWS_REGION": "eu-west-1"})
    assert (named.endpoint, named.region) == ("https://r2.example", "auto")
    found = parse_location(
        "//bucket", {"AWS_ENDPOINT_URL": "https://a.example", "AWS_ENDPOINT_URL_S3": "https://b.example"}
    )
    assert (found.endpoint, found.region, found.service) == ("https://b.example", "us-east-1", "b.example")
    amazons = parse_location("//bucket/x", {"AWS_DEFAULT_REGION": "eu-west-1"})
    assert (str(amazons), amazons.region, amazons.service) == ("s3://bucket/x", "eu-west-1", "Amazon S3")
    assert parse_location("//bucket", {}).region == ""


def test_nothing_to_go_back_to_is_told(root: Path) -> None:
    with pytest.raises(WrongUseError, match="s3: keeps no releases to roll back to"):
        publish("s3://bucket", root / "output", root, TargetOptions(rollback=True))


def test_a_record_is_read_as_it_was_written() -> None:
    from briefing.publish.manifest import ManifestEntry

    record = Manifest(
        {name_hash("a"): ManifestEntry("v", "m"), name_hash("b"): ManifestEntry()}, frozenset({name_hash("c")})
    )
    assert parse_manifest(record.to_json().encode(), "x") == record


@pytest.mark.parametrize("moment", [CSS, "index.html", "build.json"])
def test_two_machines_at_once_are_noticed_and_the_next_publish_repairs_the_bucket(  # noqa: PLR0913, PLR0917 - fixtures
    root: Path,
    build: Build,
    put: Put,
    served: Served,
    tree: Tree,
    bucket: str,
    gate: Gate,
    write_site: Callable[[Path, Mapping[str, str]], str],
    tmp_path: Path,
    moment: str,
) -> None:
    other = tmp_path / "other"
    write_site(other / "output", {**TWO, "stories/c/index.html": "c"})

    def publish_from_other_machine(path: str) -> None:
        if path == moment:
            gate.on_write = lambda _path: None
            target = f"s3://{bucket}?endpoint={gate.url}"
            publish(target, other / "output", other, TargetOptions(environment=os.environ))

    gate.on_write = publish_from_other_machine
    with pytest.raises(BriefingError, match=r"another machine published to .* at the same time: run publish again"):
        put()
    put()
    assert served() == tree(root / "output")
    build(TWO)
    put()
    assert served() == tree(root / "output")
