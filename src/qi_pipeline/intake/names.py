"""Names of packets and of files inside packets: decoding, order, junk and danger.

A file system gives bytes and so does a zip; what people see, and what decisions quote, is text. Old Chinese
systems write GBK, of which GB 18030 (the national standard) is the superset.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

JUNK = frozenset({"thumbs.db", ".ds_store", "desktop.ini"})
"""Files that desktop systems leave behind; never part of a packet."""

_LONGEST = 1024
_DRIVE = re.compile(r"^[A-Za-z]:")
_DIGITS = re.compile(r"(\d+)")


def decoded(raw: bytes) -> str:
    """The text of a name given as bytes: UTF-8, else GB 18030, and what is neither as replacement characters.

    >>> decoded("营业执照.pdf".encode("gbk"))
    '营业执照.pdf'
    """
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("gb18030", errors="replace")


def hidden(name: str) -> bool:
    """Whether a path inside a packet is hidden or a desktop system's junk, by any of its parts.

    >>> hidden("a/.git/config"), hidden("__MACOSX/._a.pdf"), hidden("Thumbs.db"), hidden("a.pdf")
    (True, True, True, False)
    """
    return any(part.startswith(".") or part.casefold() in JUNK for part in name.split("/") if part)


def plain(name: str) -> str:
    r"""A member's name with ``/`` between its parts and none that leads nowhere: some programs pack ``./a.pdf``.

    >>> plain("./a/./b.pdf"), plain("a//b.pdf"), plain(r"..\x"), plain("//server/x"), plain("./a/"), plain("./")
    ('a/b.pdf', 'a/b.pdf', '../x', '/server/x', 'a/', '')
    """
    first, *others = parts = name.replace("\\", "/").split("/")
    kept = "/".join(part for part in parts if part not in ("", "."))
    begin = "/" if others and not first else ""
    end = "/" if kept and others and others[-1] in ("", ".") else ""
    return begin + kept + end


def unsafe(name: str) -> bool:
    r"""Whether a member name leads out of its folder or is none: absolute, a drive, ``..``, a NUL, endless, empty.

    >>> unsafe("../x"), unsafe("/etc/passwd"), unsafe("C:\\x"), unsafe(""), unsafe("a/..b")
    (True, True, True, True, False)
    """
    path = name.replace("\\", "/")
    leads_out = path.startswith("/") or bool(_DRIVE.match(path)) or ".." in path.split("/")
    return leads_out or not name or "\0" in name or len(name) > _LONGEST


def natural(name: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """A key that sorts names as people do: page 2 before page 10, and a name before what continues it.

    >>> sorted(["p10.jpg", "p2.jpg", "p2-more.jpg", "wx-1-supplement", "wx-1"], key=natural)
    ['p2-more.jpg', 'p2.jpg', 'p10.jpg', 'wx-1', 'wx-1-supplement']
    """
    pieces = [piece for piece in _DIGITS.split(name.casefold()) if piece]
    return tuple((0, int(piece), piece) if _number(piece) else (1, 0, piece) for piece in pieces), name


def _number(piece: str) -> bool:
    return piece.isascii() and piece.isdecimal() and len(piece) < 19


def free(name: str, taken: Iterable[str]) -> str:
    """``name``, or the same with a number before its ending where it is taken already.

    >>> free("a.pdf", {"a.pdf", "a (2).pdf"})
    'a (3).pdf'
    """
    known = set(taken)
    if name not in known:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or "/" in ending:
        stem, dot, ending = name, "", ""
    number = 2
    while (candidate := f"{stem} ({number}){dot}{ending}") in known:
        number += 1
    return candidate
