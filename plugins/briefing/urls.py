"""The address of every page, for site and digest.

An address is a path on the site without a leading slash ("stories/2026-03-30-x/"); `""` is the home page. An address that
ends in a slash is a folder that contains an `index.html`.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import quote, unquote, urlsplit

import idna

_WITHIN_WORDS = "'\u2019\u00ad\u200b\u200c\u200d\ufeff"  # apostrophes, soft hyphens, joiners

_DANISH = str.maketrans({"å": "aa", "æ": "ae", "ø": "oe"})
_LETTERS = {
    "de": str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}),  # DIN 5007-2, as in passports
    **dict.fromkeys(("da", "nb", "nn", "no"), _DANISH),
}

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_LONGEST_LABEL = 63  # RFC 1035, section 2.3.4

HOME = ""
ABOUT = "about/"
ISSUES = "issues/"
WEEKS = "weeks/"
TOPICS = "topics/"
TAGS = "tags/"
THREADS = "threads/"
SOURCES = "sources/"
CURATORS = "curators/"
CORRECTIONS = "corrections/"
NOT_FOUND = "404.html"
SITEMAP = "sitemap.xml"
ROBOTS = "robots.txt"
BUILD_ID = "build.json"
UNPUBLISHED = (".briefing-new",)  # at the top of an output folder: in which a build prepares files
ATOM_ALL = "feeds/all.atom.xml"
JSON_ALL = "feeds/all.json"
ATOM_ISSUES = "feeds/issues.atom.xml"
RSS_ISSUES = "feeds/issues.rss.xml"
THEME = "theme/"

# File systems allow 255 bytes for a name; the difference is for endings such as `.atom.xml` and `.draft.json`.
MAX_PART_BYTES = 240
# Buckets allow 1,024 bytes for a key, including a prefix.
MAX_ADDRESS_BYTES = 900


def slugify(text: str, language: str = "") -> str:
    """The lower-case form of a name for an address; "" if it has no letter or digit.

    Accents of Latin letters are replaced as usual in German and Scandinavian languages (a BCP 47 tag), and dropped in others.
    Other scripts stay (NFC): "Größe" -> "grosse", in German "groesse"; "東京 2026" -> "東京-2026". A slug is its own slug.
    """
    own = _LETTERS.get(language.partition("-")[0].lower())
    if own:
        text = unicodedata.normalize("NFC", text).casefold().translate(own)
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).casefold()
    kept: list[str] = []
    for char in folded:
        if unicodedata.combining(char) and kept and kept[-1].isascii():
            continue
        if char.isalnum() or (unicodedata.category(char).startswith("M") and kept and kept[-1] != "-"):
            kept.append(char)
        elif char not in _WITHIN_WORDS and kept and kept[-1] != "-":
            kept.append("-")
    return unicodedata.normalize("NFC", "".join(kept)).strip("-")


def ascii_host(host: str) -> str:
    """The ASCII form of a host's name, in lower case (UTS 46, non-transitional, as in browsers; IDNA 2008, RFC 5891).

    Raises UnicodeError if it has none. ASCII labels are not checked, since the DNS has some with `_`.
    """
    labels = (host if host.isascii() else idna.uts46_remap(host, std3_rules=False)).lower().split(".")
    return ".".join(_ascii_label(label) for label in labels)


def _ascii_label(label: str) -> str:
    if not label or len(label) > _LONGEST_LABEL:
        msg = "label empty or too long"
        raise UnicodeError(msg)
    return label if label.isascii() else idna.alabel(label).decode("ascii")


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine, so that nobody else can read what is there."""
    return urlsplit(url).hostname in _LOOPBACK


def story(story_id: str) -> str:
    """A story's page."""
    return f"stories/{story_id}/"


def issue(issue_id: str) -> str:
    """An issue's page: the digest's web version."""
    return f"{ISSUES}{issue_id}/"


def week(iso_week: str) -> str:
    """The stories of one ISO week ("2026-w14")."""
    return f"{WEEKS}{iso_week}/"


def thread(thread_id: str) -> str:
    """A thread's timeline."""
    return f"{THREADS}{thread_id}/"


def curator(curator_id: str) -> str:
    """A curator's stories."""
    return f"{CURATORS}{curator_id}/"


def topic(slug: str) -> str:
    """A topic's stories."""
    return f"{TOPICS}{slug}/"


def tag(slug: str) -> str:
    """A tag's stories."""
    return f"{TAGS}{slug}/"


def source(slug: str) -> str:
    """All stories that cite one publisher."""
    return f"{SOURCES}{slug}/"


def page(page_id: str) -> str:
    """A page outside the stream, such as "about"."""
    return f"{page_id}/"


def atom_topic(slug: str) -> str:
    """A topic's own feed."""
    return f"feeds/topics/{slug}.atom.xml"


def of_file(path: str) -> str | None:
    """The address of the page or file that is made from a file under `content/`, or None."""
    folder, _, rest = path.partition("/")
    name = rest.rpartition("/")[2].removesuffix(".md")
    if rest.endswith(".md") and folder in _PAGES:
        return _PAGES[folder](name)
    if rest and folder == "images":
        return path
    if rest and folder == "static":
        return rest
    return None


def of_alias(alias: str) -> str:
    """The address at which an alias is served: `/old/page` becomes the folder `old/page/`, `/old.html` a file."""
    address = unquote(alias).lstrip("/")
    last = address.rpartition("/")[2]
    return address if not last or last.endswith((".html", ".htm")) else f"{address}/"


def length_fault(address: str) -> str:
    """Why a file at an address on this site could not be written everywhere; "" if it could."""
    longest = max(len(part.encode()) for part in address.split("/"))
    if longest > MAX_PART_BYTES:
        return f"is too long for a file name ({longest} bytes, the limit is {MAX_PART_BYTES})"
    whole = len(address.encode())
    return f"is too long ({whole} bytes, the limit is {MAX_ADDRESS_BYTES})" if whole > MAX_ADDRESS_BYTES else ""


def key_file(key: str) -> str:
    """The file that contains the key for IndexNow."""
    return f"{key}.txt"


def numbered(address: str, number: int) -> str:
    """The address of page `number` (from 1) of a list that begins at `address`."""
    return address if number == 1 else f"{address}page/{number}/"


def file_of(address: str) -> str:
    """The file in the output folder of the page at an address."""
    return f"{address}index.html" if address == "" or address.endswith("/") else address


def encoded(address: str) -> str:
    """An address as a link contains it, percent-encoded UTF-8 (RFC 3986, section 2.1)."""
    return quote(address, safe="/#?&=:@!$'()*+,;~%-._")


_PAGES = {"stories": story, "issues": issue, "threads": thread, "curators": curator, "pages": page}
