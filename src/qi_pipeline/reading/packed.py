"""A reading with its page images as one run of bytes (打包的识别结果), which shared storage holds whole or not at all.

The first line names the format and the SHA-256 of everything after it; the second is JSON with the members' names
and sizes; then their bytes follow. A reader takes nothing whose hash, sizes or names are not right.

>>> data = packed({"reading.json": b"{}", "a-1.jpg": b"image"})
>>> unpacked(data) == {"reading.json": b"{}", "a-1.jpg": b"image"}
True
>>> unpacked(data[:-1]) is None
True
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

_FORMAT = b"qi-reading 1 "
_NAME = re.compile(r"reading\.json|[0-9A-Za-z_][0-9A-Za-z_.-]{0,99}\.(?:jpg|webp)")
_MOST_MEMBERS = 1000


def packed(members: Mapping[str, bytes]) -> bytes:
    """The members as one run of bytes; the same members give the same bytes."""
    names = sorted(members)
    index = json.dumps([[name, len(members[name])] for name in names]).encode() + b"\n"
    body = index + b"".join(members[name] for name in names)
    return _FORMAT + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def unpacked(data: bytes) -> dict[str, bytes] | None:
    """The members by name; None for anything that :func:`packed` has not made."""
    head, _, body = data.partition(b"\n")
    if head != _FORMAT + hashlib.sha256(body).hexdigest().encode():
        return None
    line, _, rest = body.partition(b"\n")
    try:
        index = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(index, list) or len(index) > _MOST_MEMBERS:
        return None
    members: dict[str, bytes] = {}
    start = 0
    for entry in index:
        match entry:
            case [str(name), int(size)] if size >= 0 and _NAME.fullmatch(name) and name not in members:
                members[name] = rest[start : start + size]
                start += size
            case _:
                return None
    return members if start == len(rest) else None
