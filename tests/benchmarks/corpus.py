"""A publication of any size for measurements: `python tests/benchmarks/corpus.py STORIES FOLDER`.

The same number gives the same files: made-up words, about 240 a story with three sections, seven stories a week in
an issue of each week, 40 topics, 200 tags, 300 publishers, 10 curators, one thread for every 20 stories.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_TEXT = (
    "model release policy market index latency kernel compiler agent paper survey report regulator privacy battery chip"
    " memory cluster budget licence safety vendor supply demand carbon energy grid orbit vaccine trial genome protein"
    " hospital school city rail port trade court ruling appeal the a of and to in that with from for on by as is was"
    " are were has have will may more less new early late first second several many few"
)
WORDS = _TEXT.split()
FIRST_DAY = dt.date(2000, 1, 3)
A_WEEK = 7
SETTINGS = """\
SITENAME = "A measured publication"
SITEURL = "https://example.org"
TIMEZONE = "UTC"
BRIEFING = {{
    "topics": {topics!r},
    "email": {{"sender": "Desk <desk@example.org>", "postal_address": "1 Example Street"}},
}}
PLUGIN_PATHS = [{plugins!r}]
PLUGINS = ["briefing"]
PATH = "content"
THEME = {theme!r}
OUTPUT_PATH = "output"
"""


class Writer:
    """Made-up text from a seeded generator."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - text, not secrets

    def words(self, count: int) -> str:
        return " ".join(self._random.choice(WORDS) for _ in range(count))

    def sentence(self, count: int = 14) -> str:
        return f"{self.words(count).capitalize()}."

    def paragraph(self, sentences: int) -> str:
        return " ".join(self.sentence(self._random.randint(9, 18)) for _ in range(sentences))

    def number(self, below: int) -> int:
        return self._random.randrange(below)


def make(stories: int, folder: Path) -> None:
    """Write a publication of so many stories into a new folder."""
    topics = [f"Topic {number}" for number in range(40)]
    settings = SETTINGS.format(topics=topics, plugins=str(REPOSITORY / "plugins"), theme=str(REPOSITORY / "theme"))
    _write(folder / "pelicanconf.py", settings)
    content = folder / "content"
    for number in range(10):
        _write(content / f"curators/curator-{number}.md", f"---\nname: Curator {number}\n---\nWrites summaries.\n")
    for number in range(stories // 20):
        _write(content / f"threads/thread-{number}.md", f"---\ntitle: Thread {number}\nsummary: A subject.\n---\n")
    weeks: dict[dt.date, list[str]] = {}
    for number in range(stories):
        day = FIRST_DAY + dt.timedelta(days=number * 7 // A_WEEK % 5 + number // A_WEEK * 7)
        name = f"{day}-story-{number}"
        _write(content / f"stories/{day.year}/{name}.md", _story(Writer(number), number, stories, day))
        weeks.setdefault(day - dt.timedelta(days=day.weekday()), []).append(name)
    for number, (monday, names) in enumerate(sorted(weeks.items()), start=1):
        year, week, _ = monday.isocalendar()
        _write(content / f"issues/{year}-w{week:02}.md", _issue(Writer(-number), number, monday, names))


def _story(text: Writer, number: int, stories: int, day: dt.date) -> str:
    lines = [
        f"title: {json.dumps(f'Story {number}: {text.words(6)}')}",
        f"date: {day}",
        f"summary: {json.dumps(text.sentence(22))}",
        f"topic: Topic {text.number(40)}",
        f"sources:\n  - name: Publisher {text.number(300)}\n    url: https://example.org/{number}\n    date: {day}",
        f"kind: {'main' if number % 7 == 0 else 'brief'}",
        "sentiment: neutral\nsentiment_reason: It is made up.",
        "key_questions:\n" + "\n".join(f"  - {json.dumps(text.sentence(8))}" for _ in range(3)),
        f"authors: [curator-{text.number(10)}]",
        f"tags: [tag {text.number(100)}, tag {100 + text.number(100)}]",
    ]
    if stories >= 20:
        lines.append(f"thread: thread-{number % (stories // 20)}")
    sections = [f"## {text.words(4).capitalize()}\n\n{text.paragraph(4)}" for _ in range(3)]
    sections[0] += "\n\n" + "\n".join(f"- {text.sentence(8)}" for _ in range(4))
    sections[1] += f"\n\nSee [{text.words(3)}](https://example.org/a/{number}) for **{text.words(2)}**."
    return "---\n" + "\n".join(lines) + "\n---\n" + "\n\n".join(sections) + "\n"


def _issue(text: Writer, number: int, monday: dt.date, names: list[str]) -> str:
    friday = monday + dt.timedelta(days=4)
    rest = "\n".join(f"      - {name}" for name in names[1:]) if names[1:] else ""
    sections = f"sections:\n  - title: The rest\n    stories:\n{rest}\n" if rest else ""
    head = f"number: {number}\ntitle: Issue {number}\ndate: {friday}\npreheader: {text.words(6)}\nlead: {names[0]}\n"
    return f"---\n{head}{sections}---\n{text.paragraph(3)}\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    make(int(sys.argv[1]), Path(sys.argv[2]))
