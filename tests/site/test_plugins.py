"""Other Pelican plugins beside ours: they see the stories, and what they write waits for the flush."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.conftest import MakePublication

PLUGIN = """
from pelican import signals

class Count:
    def __init__(self, context, settings, output_path, **_):
        self.context, self.output_path = context, output_path

    def generate_output(self, writer):
        from jinja2 import Template
        template = Template("{{ articles|length }} {{ articles[0].category }} {{ articles[0].url }} {{ pages[0].title }}")
        writer.write_file("count.txt", template, self.context)

def register():
    signals.get_generators.connect(generators)

def generators(pelican):
    return Count
"""


def test_another_plugin_sees_stories_and_its_file_waits(
    publication: MakePublication, briefing: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    root = publication(settings='PLUGINS = ["briefing", "count"]\nPLUGIN_PATHS = ["plugins", "own"]\n')
    (root / "own").mkdir()
    (root / "own/count.py").write_text(PLUGIN)
    done = briefing(root, "build")
    assert done.returncode == 0, done.stderr
    wanted = "2 Law stories/2026-03-31-a-second-story/ About"
    assert (root / "output/count.txt").read_text() == wanted
    assert "nothing changed" in briefing(root, "build").stdout
    shutil.rmtree(root / "output")
    (root / "content/overrides").mkdir()
    (root / "content/overrides/404.html").write_text("{{ nope }}")
    assert briefing(root, "build").returncode == 1
    assert not (root / "output/count.txt").exists()
