"""What a file is, by its first bytes; what it is called by others counts only where bytes cannot tell."""

from core.errors import Rejected

_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"#!AMR", "audio/amr"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"PK\x03\x04", "application/zip"),
)
_BRANDS = ((b"M4A", "audio/mp4"), (b"3g", "video/3gpp"), (b"hei", "image/heic"), (b"mif1", "image/heic"))
_MARKUP = (b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<?xml", b"<svg")
_TELLING = ("image/", "audio/", "video/", "application/pdf", "text/vcard", "text/x-vcard")
"""Families that are recognised for certain, so a file that only claims to be one is refused."""


def judged(body: bytes, said: str | None) -> str:
    """The type. Raises `Rejected` when the bytes are not what they are said to be."""
    said = (said or "").partition(";")[0].strip().lower()
    found = sniffed(body)
    if found is None:
        if said.startswith(_TELLING) or not body:
            raise Rejected("the media is not what it is said to be")
        return "text/plain" if _is_text(body) else "application/octet-stream"
    if found == "text/html":
        raise Rejected("the media is a page, which nobody sends")
    family, said_family = found.partition("/")[0], said.partition("/")[0]
    if family in ("audio", "video") and said_family in ("audio", "video"):
        # One container holds either; whether there is a picture in it, its first bytes do not say.
        return f"{said_family}/{found.partition('/')[2]}"
    if said.startswith(_TELLING) and family != said_family:
        raise Rejected("the media is not what it is said to be")
    if found == "application/zip" and said.startswith("application/vnd.openxmlformats-officedocument."):
        return said
    return found


def sniffed(body: bytes) -> str | None:
    """The type that the first bytes tell, or None."""
    for start, kind in _STARTS:
        if body.startswith(start):
            return kind
    if body[4:8] == b"ftyp":
        return next((kind for brand, kind in _BRANDS if body[8:].startswith(brand)), "video/mp4")
    if body[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(body[8:12])
    if len(body) > 1 and body[0] == 0xFF and body[1] & 0xE0 == 0xE0:
        return "audio/aac" if body[1] & 0x06 == 0 else "audio/mpeg"
    opening = body[:256].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if opening.startswith(b"begin:vcard"):
        return "text/vcard"
    return "text/html" if opening.startswith(_MARKUP) else None


def _is_text(body: bytes) -> bool:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return all(char.isprintable() or char.isspace() for char in text[:1024])
