"""Whatever a text holds, its HTML holds only what is named here: written without a look at the code's own list."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from briefing.content import markdown
from briefing.content.markdown.finished_html import SITE_PLACEHOLDER
from briefing.errors import errors_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from briefing.content.model import Body

EVERYWHERE = {"lang", "dir", "title"}
ALLOWED: dict[str, Collection[str]] = {
    **dict.fromkeys(["p", "br", "hr", "ul", "li", "dl", "dt", "dd", "pre", "figure", "figcaption", "summary"], frozenset()),
    **dict.fromkeys(["table", "thead", "tbody", "tfoot", "tr", "em", "strong", "b", "i", "u", "s", "small"], frozenset()),
    **dict.fromkeys(["mark", "sub", "abbr", "dfn", "kbd", "samp", "var", "cite"], frozenset()),
    **{f"h{level}": {"id"} for level in range(2, 7)},
    "a": {"href", "aria-label"},
    "img": {"src", "alt", "width", "height", "loading"},
    "ol": {"start"},
    "blockquote": {"cite"},
    "q": {"cite"},
    "del": {"cite", "datetime"},
    "ins": {"cite", "datetime"},
    "td": {"colspan", "rowspan", "class"},
    "th": {"colspan", "rowspan", "scope", "class"},
    "code": {"class"},
    "details": {"open"},
    "div": {"id", "class"},
    "span": {"class", "role", "aria-label"},
    "sup": {"id", "class"},
}  # fmt: skip
NEVER_READ = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
VOID = {"br", "hr", "img"}
ADDRESS = re.compile(rf"{SITE_PLACEHOLDER}[!-~]*|#[!-~]*|https?://[!-~]+|mailto:[!-~]+")
CLASS = re.compile(r"left|right|center|task|language-.*|footnote-(reference|definition|definition-label)")


class Audit(HTMLParser):
    """Every fault of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.anchors: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.faults += [f"<{tag}> is left open" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if name not in {*ALLOWED.get(tag, ()), *EVERYWHERE}:
                self.faults.append(f"{name} on <{tag}>")
            self._value(name, value or "")
        if len(attrs) != len(dict(attrs)):
            self.faults.append(f"an attribute twice on <{tag}>")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"<?{data}>")

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"<!--{data}-->")

    def handle_data(self, data: str) -> None:
        if NEVER_READ.search(data):
            self.faults.append(f"a control character in {data!r}")

    def _value(self, name: str, value: str) -> None:
        if name in {"href", "src", "cite"} and not ADDRESS.fullmatch(value):
            self.faults.append(f"{name}={value!r}")
        elif name == "class" and not CLASS.fullmatch(value):
            self.faults.append(f"class={value!r}")
        elif name not in {"href", "src"}:
            self.handle_data(value)
        if name == "id":
            self.ids.append(value)
        if name == "href" and value.startswith("#fn"):
            self.anchors.append(value[1:])


def rendered(text: str) -> Body:
    body, problems = markdown.render(markdown.Text(text, "content/stories/2026/x.md", "stories/2026/x.md", 5))
    last = 5 + text.count("\n")
    assert all(5 <= problem.line <= last and problem.what and problem.hint for problem in problems)
    assert not (errors_of(problems) and body.html), "an error leaves no HTML"
    return body


FINE_PIECES = [
    "\n", "\n\n", " ", "    ", "## ", "### a\n", "- ", "- [ ] a\n", "- [x] b\n", "1. ", "> ", "```\n", "```py\n", "`", "``", "*", "**", "_", "~~",
    "[", "]", "(", ")", "[a](https://x.example/?a=1&b=2)", "[a](/about/)", "[a]({filename}y.md#z)", "![a > b]({static}/images/a.png)", '![a]({static}/i.png "t")',
    "\n\n![a](<{static}/images/a b.png> 'c \" d')\n\n", "[^1]", "[^1]: note\n", "[^a b]", "[^a-b]: n\n\n    ## in\n", "|", "\n\n|a|b|\n|:-|-:|\n|c|d|\n\n", "\\", "&lt;",
    "&#60;b&#62;", "&quot;", "&amp;", "&", " < ", " > ", "<b>a</b>", "<B TITLE='x>y'>a</B>", "<p>a</p>", "\n\n<div>\n\n", "\n\n</div>\n\n", "<br>", "<sub>2</sub>",
    "<img alt=a src='{static}/images/a.png'>", "<a href='https://x.example/'>a</a>", "<ul><li>a<li>b</ul>", "<table><tr><td>a</table>", "<!-- a -->", "<q cite='https://x.example/'>q</q>",
    "<details open><summary>s</summary>d</details>", '"', "'", "=", ' href="x" ', ' src="y" ', " style=x ", " id=x ", "## x {#y}\n", "## fn 1\n", "é", "日本", "\U0001f389", "\t", "&nbsp;",
]  # fmt: skip
NASTY_PIECES = [
    "# ", "![", "](", "](javascript:alert(1))", "](data:text/html,x)", "[r]: javascript:x\n", "[r]", "&#1;", "```&#31;\n", "&#x1e;", "<", ">", "</", "/>", "<b>", "</b>", "<i", "<u", "<td>", "<p>", "<li>",
    "<img>", "<img src=x onerror=alert(1)>", "<a href=javascript:x>", "</a>", "<a\nhref='ja&#118;ascript:x'>", "<a onclick=x>", "<script>", "</script>", "<style>", "<svg>",
    "<math>", "<iframe>", "<input>", "<textarea>", "<title>", "<plaintext>", "<template>", "<!--", "-->", "--!>", "<!-->", "<!DOCTYPE x>", "<![CDATA[", "]]>", "<?", "?>",
    'title="', "title='", "class=x", "{#fn-1}", "## x {#y .c onclick=z}\n", "<blockquote cite='javascript:x'>", "<div\n", "<div", "\n\n<div>", "<table>", "<b title='",
]  # fmt: skip
FINE_WRITING = st.lists(st.sampled_from(FINE_PIECES), max_size=25)
ANY_WRITING = st.lists(st.sampled_from(FINE_PIECES) | st.sampled_from(NASTY_PIECES) | st.text(max_size=4), max_size=25)
WRITING = (FINE_WRITING | ANY_WRITING).map(lambda pieces: NEVER_READ.sub("", "".join(pieces)))


@given(WRITING)
@settings(deadline=None, max_examples=1000)
@example('`<a href="x">` and href="y" src=\'z\'')
@example('    <img src="q" style="text-align: left">')
@example("<div\n\n[a](https://x.example/)")
@example("</b>" * 40 + "<b>" * 40)
@example("[^a b] [^a-b]\n\n[^a b]: one\n\n[^a-b]: two")
@example("## fn 1\n\na[^1]\n\n[^1]: b")
@example('![a > b](<{static}/images/a.png> "t > u \'v\\" w")')
@example("<b title='&#30;'>x</b>")
@example("```&#31;\na\n```")
@example("<div>&#x1e;[a](https://x.example/)</div>")
@example("<div>&#10;\u2028[a](https://x.example/)</div>")
def test_nothing_else_gets_through(text: str) -> None:
    body = rendered(text)
    audit = Audit(body.html)
    assert audit.faults == []
    assert len(audit.ids) == len(set(audit.ids)), "an id twice"
    assert set(audit.anchors) <= set(audit.ids), "a footnote leads nowhere"
    assert [heading.anchor for heading in body.headings] == [id_ for id_ in audit.ids if not id_.startswith("fn")]


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<p onclick='x'>a</p>",
        "<a href='javascript:x'>a</a>",
        "<img src='https://x.example/a b'>",
        "<p>a",
        "<p>a</b></p>",
        "<p class='hero'>a</p>",
        "<!-- a -->",
        "<p>\x01</p>",
        "<b title='\x1e'>a</b>",
        "<p id='x'>a</p>",
    ],
)
def test_the_audit_sees_what_must_not_be(html: str) -> None:
    assert Audit(html).faults


ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://x.example/x.js></SCRIPT>",
    "<p onclick=alert(1)>a</p>",
    "<p style='color: red'>a</p>",
    "<p class=hero>a</p>",
    "<p id=main>a</p>",
    "<iframe src='https://x.example/'></iframe>",
    "<form action=/x><input></form>",
    "<svg onload=alert(1)></svg>",
    "<math><mtext><style><img src onerror=x></style></mtext></math>",
    "<h2>a</h2>",
    "<base href='https://x.example/'>",
    "<meta http-equiv=refresh content=0>",
    "<link rel=stylesheet href=x>",
    "<object data=x></object>",
    "<video src=x></video>",
    "<img src='{static}/images/a.png' srcset='x 2x' alt=a>",
    "<b href='https://x.example/'>a</b>",
    "<div\nonclick=x>a</div>",
    "<div\nonclick=x\n\n[a](https://x.example/)",
    "<b title=a title=b>a</b>",
    "<blockquote cite='javascript:x'>a</blockquote>",
    "<blockquote cite='http://['>a</blockquote>",
    "<!DOCTYPE html>",
    "<?php x ?>",
    "a <![CDATA[b]]>",
    "<!-- a -- b --!> -->",
    "<b>a",
    "a</b>",
    "<b><i>a</b></i>",
    "## a {onclick=x}",
    "## a {.hero}",
    "&#1;",
    "# a",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_what_would_be_dropped_is_told(text: str) -> None:
    body, problems = markdown.render(markdown.Text(text, "content/pages/x.md", "pages/x.md"))
    assert errors_of(problems)
    assert body.html == ""


FINE = {
    "<p lang=de>a</p>": '<p lang="de">a</p>',
    "H<sub>2</sub>O": "<p>H<sub>2</sub>O</p>",
    "a<br>b<br/>c": "<p>a<br>b<br>c</p>",
    "<ul><li>a<li>b</ul>": "<ul><li>a</li><li>b</li></ul>",
    "<table><tr><td>a<td>b<tr><td>c</table>": "<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>",
    "<details open>\n<summary>a</summary>\n\n*b*\n\n</details>": (
        '<details open="">\n<summary>a</summary>\n<p><em>b</em></p>\n</details>'
    ),
    "a <!-- not shown --> b": "<p>a  b</p>",
    "1 < 2 & 3 > 2": "<p>1 &lt; 2 &amp; 3 &gt; 2</p>",
    '`<a href="x">`': '<p><code>&lt;a href="x"&gt;</code></p>',
    "<q cite='https://x.example/'>a</q>": '<p><q cite="https://x.example/">a</q></p>',
    "[a](mailto:b@c.example)": '<p><a href="mailto:b@c.example">a</a></p>',
}


@pytest.mark.parametrize("row", ["<li>a", "<tr><td>a<td>b", "<p>a", "<dt>a<dd>b"])
def test_elements_that_end_by_themselves_do_not_nest(row: str) -> None:
    inside = {"<li>": "ul", "<tr>": "table", "<dt>": "dl"}.get(row[:4], "div")
    body, problems = markdown.render(
        markdown.Text(f"<{inside}>{row * 40}</{inside}>", "content/pages/x.md", "pages/x.md")
    )
    assert problems == []
    assert Audit(body.html).faults == []


@pytest.mark.parametrize("text", FINE)
def test_plain_html_may_be_written(text: str) -> None:
    body, problems = markdown.render(markdown.Text(text, "content/pages/x.md", "pages/x.md"))
    assert problems == []
    assert body.html == FINE[text]
