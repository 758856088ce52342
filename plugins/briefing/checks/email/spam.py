"""SpamAssassin's rules on the form of a message. Its score does not count.

Rules on relays, blocklists and authentication do not apply to a message that has not been sent.
"""

from __future__ import annotations

import re
from typing import Final

from briefing.checks.email.report import CheckOutcome, Finding

NOT_INSTALLED: Final = "not installed"
RULES: Final = {
    "HTML_COMMENT_SAVED_URL": "the HTML was saved from a web page",
    "HTML_EXTRA_CLOSE": "the HTML closes tags that are not open",
    "HTML_FONT_LOW_CONTRAST": "text has almost the same colour as its background",
    "HTML_FONT_TINY": "text is tiny",
    "HTML_IMAGE_ONLY_04": "it is almost only images",
    "HTML_IMAGE_ONLY_08": "it is almost only images",
    "HTML_IMAGE_ONLY_12": "it is almost only images",
    "HTML_IMAGE_ONLY_16": "it is almost only images",
    "HTML_IMAGE_ONLY_20": "it is almost only images",
    "HTML_IMAGE_ONLY_24": "it is almost only images",
    "HTML_MIME_NO_HTML_TAG": "the HTML has no <html>",
    "HTML_SHORT_LINK_IMG_1": "it is little more than one linked image",
    "HTML_SHORT_LINK_IMG_2": "it is little more than one linked image",
    "HTML_SHORT_LINK_IMG_3": "it is little more than one linked image",
    "HTTPS_HTTP_MISMATCH": "a link's text shows a different address than it leads to",
    "HTTP_ESCAPED_HOST": "a link's host is percent-encoded",
    "INVALID_DATE": "the Date is not a valid date",
    "INVALID_MSGID": "the Message-ID is not well formed",
    "MIME_BASE64_TEXT": "text is hidden in base64",
    "MIME_HEADER_CTYPE_ONLY": "a MIME header is missing",
    "MIME_HTML_ONLY": "there is no plain text",
    "MIME_QP_LONG_LINE": "a quoted-printable line is longer than 76",
    "MISSING_DATE": "there is no Date",
    "MISSING_FROM": "there is no From",
    "MISSING_MID": "there is not a valid Message-ID",
    "MISSING_MIME_HB_SEP": "there is no blank line between a part's headers and its text",
    "MISSING_SUBJECT": "there is no subject",
    "MPART_ALT_DIFF": "HTML and plain text differ",
    "MPART_ALT_DIFF_COUNT": "HTML and plain text differ",
    "NORMAL_HTTP_TO_IP": "a link leads to an IP address",
    "NUMERIC_HTTP_ADDR": "a link leads to an IP address",
    "OBFUSCATING_COMMENT": "comments split words",
    "PLING_QUERY": "the subject has both ! and ?",
    "SUBJECT_NEEDS_ENCODING": "the subject contains unencoded characters",
    "SUBJ_ALL_CAPS": "the subject is all capitals",
    "SUBJ_ILLEGAL_CHARS": "the subject contains unencoded characters",
    "TVD_SPACE_RATIO": "the text has hardly any spaces",
    "UNPARSEABLE_RELAY": "a Received line cannot be read",
    "UPPERCASE_50_75": "more than half of the text is capitals",
    "UPPERCASE_75_100": "nearly all of the text is capitals",
    "URI_HEX": "a link's host is written in hexadecimal",
    "WEIRD_PORT": "a link leads to an unusual port",
}
_LOCAL: Final = {"NORMAL_HTTP_TO_IP", "NUMERIC_HTTP_ADDR", "WEIRD_PORT"}
_LINE: Final = re.compile(r"^\s*(-?\d+\.\d+)\s+([A-Z][A-Z0-9_]{2,})\s", re.MULTILINE)
_TOTAL: Final = re.compile(r"Content analysis details:\s+\((-?[\d.]+) points")


def inspect_spam(report: str | None, *, is_local: bool = False) -> CheckOutcome:
    """The result from a report of `spamassassin -L -t`: None if it is not installed, "" if it was not run.

    is_local: the site is a local preview, so that its links have an IP address and a port.
    """
    if report is None:
        return CheckOutcome("spam", NOT_INSTALLED, "no named rule", note="install spamassassin to run its rules")
    if not report:
        return CheckOutcome("spam", "not run", "no named rule", note="it checks the issues that go out next")
    rules = [name for _, name in _LINE.findall(report)]
    findings = tuple(
        Finding(f"SpamAssassin's {name}: {RULES[name]}", "fix what this rule describes")
        for name in rules
        if name in RULES and not (is_local and name in _LOCAL)
    )
    total = _TOTAL.search(report)
    value = f"{total[1]} points" if total else "no report"
    others = [name for name in rules if name not in RULES]
    return CheckOutcome("spam", value, "no named rule", findings, f"others: {', '.join(others)}" if others else "")
