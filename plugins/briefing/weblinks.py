"""Addresses in links: which are refused, which are doubtful, which two are the same. Pure.

Texts, front matter and settings use the same rules.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import idna

from briefing import urls
from briefing.errors import Check, InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN: Final = 80
_BEFORE: Final = 24  # characters shown before a fault
_KINDS: Final = {
    "a character that changes the text direction": "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069",
    "a control character": "\x00-\x1f\x7f-\x9f\u2028\u2029",
    "an invisible character": "\u200b\u2060-\u2064\ufeff",
}
_UNSEEN: Final = re.compile(f"[{''.join(_KINDS.values())}]")
# Some scripts need joiners in words, and so in paths. A host's name with any of these looks like another.
_UNSEEN_IN_HOSTS: Final = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
_NOT_SHOWN: Final = re.compile(f"{_UNSEEN.pattern}|{_UNSEEN_IN_HOSTS.pattern}|[\ud800-\udfff]")
_REFUSED: Final = re.compile(r"[\t\n\r\\]")  # refused by other rules wherever an address is read
_HIDDEN: Final = re.compile("%[2-7][0-9A-Fa-f]")  # encoded ASCII; other letters of a host may be encoded
_BODY: Final = re.compile(r"(?i)((?:^|[?&])body=)([^&#]*)")
_BREAK: Final = re.compile(r"(?i)%0d|%0a|%09")

# Punctuation that ends or divides a sentence: Latin, East Asian and half-width.
_STOPS: Final = frozenset(".,;:?\"'\u2026\u3002\uff0e\uff0c\u3001\uff1b\uff1a\uff1f\uff01\uff61\uff64")
_OPENED_BY: Final = dict(
    zip(
        ")]}\u201d\u2019\u00bb\u203a\uff09\u300d\u300f\u3011\u300b\u3009",
        "([{\u201c\u2018\u00ab\u2039\uff08\u300c\u300e\u3010\u300a\u3008",
        strict=True,
    )
)
_MOST_STOPS: Final = 16
_ABBREVIATED: Final = re.compile(
    r"(?:(?:^|[^A-Za-z])[A-Za-z]\.[A-Za-z]|[^A-Za-z](?:Inc|Ltd|Co|Corp|Jr|Sr|Bros|No|St|Mr|Mrs|Ms|Dr))\.$"
)

_PREFIXES: Final = ("utm_", "mc_", "hsa_", "pk_", "mtm_", "matomo_", "piwik_", "_hs", "vero_", "oly_")
_SEPARATOR: Final = re.compile("(&amp;|&)")
_CLICKS = (
    "fbclid gclid gclsrc dclid gbraid wbraid msclkid twclid ttclid yclid igshid igsh li_fat_id mkt_tok wickedid __s"
    " s_cid ml_subscriber ml_subscriber_hash rb_clickid ef_id"
)
_NAMES: Final = frozenset(_CLICKS.split())

_SCRIPTS: Final = {"CJK": "HAN", "IDEOGRAPHIC": "HAN", "KATAKANA-HIRAGANA": "KATAKANA"}
_USED_TOGETHER: Final = (
    # Unicode Technical Standard 39, section 5.2: "Highly Restrictive".
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
)
_PORTS: Final = {"http": 80, "https": 443}


class DoubtfulUrl(NamedTuple):
    """What may be wrong with a usable address, what to do, and the name by which to acknowledge it."""

    what: str
    hint: str
    check: Check


def refuse_deceptive(address: str) -> None:
    """Raise InvalidValueError if no link may have this address, ValueError if it cannot be parsed.

    An address is deceptive if it names a user, or if it contains characters that are invisible or change the text
    direction, whether written as they are or percent-encoded.
    """
    if _REFUSED.search(address):
        return
    host = urlsplit(address).netloc
    for text in (address, unquote(_without_breaks(address))):
        found = _UNSEEN.search(text)
        if found:
            kind = next(kind for kind, chars in _KINDS.items() if re.match(f"[{chars}]", found[0]))
            what = f"`{_excerpt_with(address, found[0])}` contains U+{ord(found[0]):04X}, {kind}"
            raise InvalidValueError(what, "remove it")
    found = _UNSEEN_IN_HOSTS.search(unquote(_host_of_mail(address) or host))
    if found:
        shown = _excerpt_with(address, found[0])
        what = f"`{shown}` contains U+{ord(found[0]):04X} in its host, an invisible character"
        raise InvalidValueError(what, "remove it")
    user, at, rest = host.rpartition("@")
    if at:
        shown = excerpt(address, address.find("@"))
        what = f"`{shown}` names a user, `{excerpt(user)}`, and leads to `{excerpt(rest, len(rest))}`"
        raise InvalidValueError(what, "remove everything between // and the @, and the @")
    hidden = _HIDDEN.search(host)
    if hidden:
        shown = excerpt(address, address.find(hidden[0]))
        what = f"`{shown}` has `{hidden[0]}` in its host, a hidden `{unquote(hidden[0])}`"
        raise InvalidValueError(what, "write the host's name without percent-encoding")


def doubts(address: str, *, is_fixable: bool = True) -> Iterator[DoubtfulUrl]:
    """What a curator should check in a web or mail address that is not refused.

    is_fixable: whether `check --fix` can change the file that contains it.
    """
    fix = "; `check --fix` does it for you" if is_fixable else ""
    try:
        host = unquote(urlsplit(address).hostname or "")
    except ValueError:
        return
    for label in host.split("."):
        scripts = _scripts(label)
        if len(scripts) > 1 and not any(scripts <= used for used in _USED_TOGETHER):
            named = " and ".join(sorted(script.capitalize() for script in scripts))
            what = f"`{excerpt(address, max(address.lower().find(label), 0))}` mixes {named} letters in `{excerpt(_decoded(label))}`"
            yield DoubtfulUrl(what, "check whether it imitates another address", "mixed-scripts")
    end = ending(address)
    if end:
        what = f"`{excerpt(address, len(address))}` ends with `{end}`, which seems to belong to the sentence"
        yield DoubtfulUrl(what, f"move it after the link{fix}", "link-ending")
    names = tracking(address)
    if names:
        listed = ", ".join(f"`{name}`" for name in dict.fromkeys(names))
        what = f"`{excerpt(address, address.find(names[0]))}` tracks readers with {listed}"
        parameters = "parameters" if len(set(names)) > 1 else "parameter"
        yield DoubtfulUrl(what, f"remove the {parameters}{fix}", "tracking")


def ending(address: str) -> str:
    """The punctuation at the end of an address that belongs to the sentence, bracket or quotation around it."""
    kept = address
    for _ in range(_MOST_STOPS):
        last = kept[-1:]
        opening = _OPENED_BY.get(last)
        is_unopened = opening is not None and kept.count(last) > kept.count(opening)
        if is_unopened or (last in _STOPS and not _ABBREVIATED.search(kept[-8:])):
            kept = kept[:-1]
        else:
            break
    return address[len(kept) :]


def tracking(address: str) -> tuple[str, ...]:
    """The parameters of an address that track its reader."""
    names = (name for name, _ in parse_qsl(urlsplit(address).query, keep_blank_values=True))
    return tuple(filter(_is_tracking, names))


def without_tracking(address: str) -> str:
    """The address without those parameters, otherwise unchanged; `&` may be written as `&amp;`."""
    before, hash_, anchor = address.partition("#")
    base, asked, query = before.partition("?")
    pieces = _SEPARATOR.split(query)
    kept = [place for place in range(0, len(pieces), 2) if not _is_tracking(unquote(pieces[place].partition("=")[0]))]
    if len(kept) * 2 > len(pieces):
        return address
    joined = "".join((pieces[place - 1] if number else "") + pieces[place] for number, place in enumerate(kept))
    return base + (asked + joined if kept else "") + hash_ + anchor


def canonical(address: str) -> str:
    """The same text for all addresses of one page: without scheme, `www.`, tracking, anchor and trailing slash."""
    try:
        parts = urlsplit(without_tracking(address))
        host = urls.ascii_host(parts.hostname or "")
        port = parts.port
    except (UnicodeError, ValueError):
        return address
    own_port = f":{port}" if port and port != _PORTS.get(parts.scheme) else ""
    query = f"?{quote(unquote(parts.query), safe='=&+')}" if parts.query else ""
    # Single-page applications have their address after the #.
    anchor = f"#{parts.fragment}" if parts.fragment.startswith(("!", "/")) else ""
    return f"{host.removeprefix('www.')}{own_port}{quote(unquote(parts.path.rstrip('/')))}{query}{anchor}"


def is_front_page(address: str) -> bool:
    """Whether the address is that of a site's front page."""
    parts = urlsplit(without_tracking(address))
    return not parts.path.strip("/") and not parts.query


def excerpt(text: str, place: int = 0) -> str:
    """A text shortened for a message, so that the fault at `place` is shown."""
    text, place = _visible(text), len(_visible(text[:place]))
    plain = " ".join(text.split())
    if len(plain) <= _SHOWN:
        return plain
    place = len(" ".join(f"{text[:place]}|".split())) - 1  # runs of spaces are shown as one
    room = _SHOWN - len("...")
    if place < room - _BEFORE:
        return f"{plain[:room]}..."
    if place - _BEFORE + room >= len(plain):
        return f"...{plain[-room:]}"
    begin = place - _BEFORE
    return f"...{plain[begin : begin + room - len('...')]}..."


def _without_breaks(address: str) -> str:
    """The address without the line breaks that the body of a mail may contain (RFC 6068, section 5)."""
    if not address.lower().startswith("mailto:"):
        return address
    return _BODY.sub(lambda body: body[1] + _BREAK.sub("", body[2]), address)


def _host_of_mail(address: str) -> str:
    scheme, _, rest = address.partition(":")
    return rest.partition("?")[0] if scheme.lower() == "mailto" else ""


def _excerpt_with(address: str, char: str) -> str:
    """The part of an address that contains a character, percent-encoded or not."""
    shown = _visible(address)
    return excerpt(shown, max(shown.lower().find(quote(char).lower()), 0))


def _visible(text: str) -> str:
    """A text with invisible characters percent-encoded, and a lone surrogate as `U+D800`."""
    return _NOT_SHOWN.sub(_encoded, text)


def _encoded(found: re.Match[str]) -> str:
    char = found[0]
    is_space = char.isspace() and char.isascii()
    return char if is_space else f"U+{ord(char):04X}" if "\ud800" <= char <= "\udfff" else quote(char)


def _is_tracking(name: str) -> bool:
    return name.lower() in _NAMES or name.lower().startswith(_PREFIXES)


def _decoded(label: str) -> str:
    """A label of a host as browsers show it."""
    if not label.startswith("xn--"):
        return label
    try:
        return idna.ulabel(label)
    except UnicodeError:
        try:
            return label[4:].encode("ascii").decode("punycode")
        except UnicodeError:
            return label


def _scripts(label: str) -> frozenset[str]:
    """The scripts of a label's letters: the first words of their names in the Unicode Character Database."""
    found = set()
    for char in unicodedata.normalize("NFKC", _decoded(label)):
        if unicodedata.category(char).startswith("L"):
            word = unicodedata.name(char, "").partition(" ")[0]
            found.add(_SCRIPTS.get(word, word))
    return frozenset(found - {"", "MODIFIER"})
