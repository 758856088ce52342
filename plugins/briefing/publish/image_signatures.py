"""Recognize images by their first bytes, whatever content type a host states."""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

_SVG: Final = "image/svg+xml"
# Browsers use these bytes and not the stated type (WHATWG MIME Sniffing, section 6.1), so any of them is accepted.
_SIGNATURES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"\x00\x00\x01\x00")
_SNIFFED_TYPES: Final = frozenset(
    f"image/{name}"
    for name in "png apng jpeg jpg pjpeg gif webp avif x-icon vnd.microsoft.icon".split()  # noqa: SIM905 - a list of words is easier to read
)
_SVG_START: Final = 100_000  # bytes
_BOM: Final = b"\xef\xbb\xbf"
SIGNATURE_LENGTH: Final = 1024  # bytes


def is_image(content_type: str, content: bytes) -> bool:
    """Return whether a file with this content type begins like an image.

    PNG, JPEG, GIF, WebP, AVIF and ICO may each be stated as another of them. SVG must be SVG. For any other type, the
    content only must not begin like HTML.
    """
    if content_type == _SVG:
        return _is_svg(content)
    if content_type in _SNIFFED_TYPES:
        return content.startswith(_SIGNATURES) or _is_webp(content) or _is_avif(content)
    return not content.removeprefix(_BOM).lstrip().startswith(b"<")


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _is_avif(content: bytes) -> bool:
    """Read the brands in the first box (ISO/IEC 14496-12, section 4.3)."""
    brands = content[8 : int.from_bytes(content[:4])]
    return content[4:8] == b"ftyp" and (b"avif" in brands or b"avis" in brands)


def _is_svg(content: bytes) -> bool:
    """Read the first element. The document may be cut off."""
    names = list[str]()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, _attributes: names.append(name)
    try:
        parser.Parse(content[:_SVG_START])
    except expat.ExpatError:
        return False
    return bool(names) and names[0].rpartition(" ")[2] == "svg"
