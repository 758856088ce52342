"""What an issue's email costs: `bench digest [ROUNDS]`.

The issue has a lead and 20 summaries in 6 sections, in the theme's default templates. Every figure is a median;
ratios are to joining the parts of a message, which is the least that filling can cost.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "plugins"), str(REPOSITORY)]

from tests.benchmarks.corpus import Writer  # noqa: E402 - found by the line above

from briefing.digest import make_digest  # noqa: E402
from briefing.digest.identifiers import reader_message_id  # noqa: E402
from briefing.digest.message_template import fill  # noqa: E402
from briefing.digest.render import sample_values  # noqa: E402
from briefing.digest.signing import Signer, prepare, sign  # noqa: E402
from briefing.pages.templating import Templates  # noqa: E402
from briefing.pages.views import (  # noqa: E402
    DigestView,
    IssueView,
    ItemView,
    OneLinerView,
    Ref,
    SectionView,
    SourceView,
    StoryCard,
)
from briefing.settings import Settings, resolve  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from briefing.content.model import Digest

FRIDAY = dt.datetime(2026, 4, 3, tzinfo=dt.UTC)
SECTIONS = (4, 4, 3, 3, 3, 3)


def _story(number: int, text: Writer, *, is_lead: bool = False) -> ItemView:
    name = f"2026-03-30-story-{number}"
    card = StoryCard(
        id=name,
        url=f"stories/{name}/",
        title=text.sentence(8),
        summary=text.paragraph(2),
        date=FRIDAY,
        topic=Ref("A topic", "topics/a-topic/"),
        kind="main" if is_lead else "brief",
        sentiment="",
        words=300,
        minutes=2,
        lead_source="The Journal",
        image=None,
        lang="",
        status="published",
    )
    sources = tuple(
        SourceView(
            n, Ref("The Journal", "sources/j/"), f"https://journal.example/{number}/{n}", "Report", "", None, "", ""
        )
        for n in (1, 2)
    )
    questions = (text.sentence(8), text.sentence(8)) if is_lead else ()
    return ItemView(card=card, why_it_matters=text.sentence(12), key_questions=questions, sources=sources)


def _issue() -> IssueView:
    text = Writer(1)
    numbers = iter(range(1, 21))
    sections = tuple(
        SectionView(f"Section {place}", tuple(_story(next(numbers), text) for _ in range(count)))
        for place, count in enumerate(SECTIONS, start=1)
    )
    return IssueView(
        id="2026-w14",
        url="issues/2026-w14/",
        number=14,
        title=text.sentence(6),
        date=FRIDAY,
        subject=text.sentence(6),
        preheader=text.sentence(8),
        html=f"<p>{text.paragraph(3)}</p>",
        lead=_story(0, text, is_lead=True),
        sections=sections,
        links=tuple(OneLinerView(text.sentence(5), f"https://lines.example/{n}", "LWN", "") for n in range(5)),
        sponsor=None,
        corrections=(),
        words=2000,
        minutes=10,
        updated=FRIDAY,
    )


def _settings(folder: Path) -> Settings:
    email = {"sender": "The Desk <desk@example.org>", "unsubscribe_address": "unsubscribe@example.org"}
    delivery = {"listserver": "https://lists.example.org"}
    options = {"topics": ["A topic"], "email": {**email, "postal_address": "1 Example Street"}, "delivery": delivery}
    values = {"SITENAME": "A measured publication", "SITEURL": "https://example.org", "BRIEFING": options}
    return resolve(folder, {**values, "THEME": str(REPOSITORY / "theme")})


def _median(do: Callable[[], object], rounds: int) -> float:
    """Microseconds."""
    times = []
    for _ in range(rounds):
        before = time.perf_counter_ns()
        do()
        times.append(time.perf_counter_ns() - before)
    return statistics.median(times) / 1000


def _smaller(digest: Digest, settings: Settings, templates: Templates, octets: int) -> Digest:
    """The issue with as many of its stories as a message of so many octets holds."""
    issue = _issue()
    while len(digest.message) > octets and issue.sections:
        issue = IssueView(
            **{name: getattr(issue, name) for name in IssueView.__slots__} | {"sections": issue.sections[:-1]}
        )
        digest = make_digest(_view(issue), templates, settings)
    return digest


def _view(issue: IssueView) -> DigestView:
    return DigestView(issue, "https://unsubscribe.invalid/", "https://preferences.invalid/")


def main(rounds: int) -> None:
    """Print the table."""
    key = rsa.generate_private_key(65537, 2048)
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(Path(folder))
        templates = Templates(settings)
        view = _view(_issue())
        digest = make_digest(view, templates, settings)
        rendering = _median(lambda: make_digest(view, templates, settings), max(rounds // 20, 10))
        print(f"lead and 20 summaries in {len(SECTIONS)} sections: HTML {len(digest.html.encode()) / 1024:.1f} KiB")
        print(f"  {rendering:10.1f} us  rendering, warm")
        for made in (digest, _smaller(digest, settings, templates, 25 * 1024)):
            _fill(made, settings, key, rounds)


def _fill(digest: Digest, settings: Settings, key: rsa.RSAPrivateKey, rounds: int) -> None:
    token = "dGhpcyBpcyBhIHRva2VuIG9mIGEgcmVhZGVy"
    values = {
        **sample_values(settings, FRIDAY, reader_message_id(b"0" * 32, digest.issue, "1234", "example.org")),
        "unsubscribe": f"https://lists.example.org/unsubscribe?list=weekly&token={token}",
        "preferences": f"https://lists.example.org/preferences?list=weekly&token={token}",
        "unsubscribe-mail": f"mailto:unsubscribe+{token.lower()}@example.org?subject=unsubscribe",
        "to": "reader.one@example.net",
    }
    signer = Signer("example.org", "a", key)
    once = prepare(digest.template, signer)
    twice = prepare(digest.template, Signer("example.org", "a", key, "b", ed25519.Ed25519PrivateKey.generate()))
    joining = _median(lambda: b"".join(digest.template.parts), rounds)
    print(
        f"message of {len(fill(digest.template, values)) / 1024:.1f} KiB, {len(digest.template.placeholders)} placeholders"
    )
    for name, cost in (
        ("joining its parts", joining),
        ("filling it", _median(lambda: fill(digest.template, values), rounds)),
        ("filling and signing it, RSA-2048", _median(lambda: sign(once, values), rounds)),
        ("the same with Ed25519 beside it", _median(lambda: sign(twice, values), rounds)),
        ("preparing it for a signer, once", _median(lambda: prepare(digest.template, signer), rounds // 10)),
    ):
        print(f"  {cost:10.1f} us  {cost / joining:7.1f}  {name}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
