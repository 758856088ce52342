"""Whether bytes begin as a picture does, whatever a host calls them."""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

_SVG: Final = "image/svg+xml"
# Browsers go by these bytes and not by the stated type (WHATWG MIME Sniffing, section 6.1), so that any of them will do.
_BEGINNINGS: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"\x00\x00\x01\x00")
_KNOWN: Final = frozenset(
    f"image/{name}"
    for name in "png apng jpeg jpg pjpeg gif webp avif x-icon vnd.microsoft.icon".split()  # noqa: SIM905 - a list of words is easier to read
)
_MOST: Final = 100_000  # octets in which an SVG begins
_BOM: Final = b"\xef\xbb\xbf"
NEEDED: Final = 1024  # octets that tell


def is_picture(kind: str, content: bytes) -> bool:
    """Whether the beginning of a file that is stated as `kind` is that of a picture.

    Of PNG, JPEG, GIF, WebP, AVIF and ICO each may be stated as another; SVG must be SVG; of any other type is only
    known that it does not begin as HTML does.
    """
    if kind == _SVG:
        return _is_svg(content)
    if kind in _KNOWN:
        return content.startswith(_BEGINNINGS) or _is_webp(content) or _is_avif(content)
    return not content.removeprefix(_BOM).lstrip().startswith(b"<")


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _is_avif(content: bytes) -> bool:
    """The brands that an AVIF names itself by stand in its first box (ISO/IEC 14496-12, section 4.3)."""
    brands = content[8 : int.from_bytes(content[:4])]
    return content[4:8] == b"ftyp" and (b"avif" in brands or b"avis" in brands)


def _is_svg(content: bytes) -> bool:
    """Whether the first element is one; the document may be cut short."""
    names = list[str]()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, _attributes: names.append(name)
    try:
        parser.Parse(content[:_MOST])
    except expat.ExpatError:
        return False
    return bool(names) and names[0].rpartition(" ")[2] == "svg"
