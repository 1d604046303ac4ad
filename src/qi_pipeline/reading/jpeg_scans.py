"""How many scans a JPEG has (JPEG 扫描遍数), counted before it is decoded: each repaints the whole picture.

ITU-T T.81 sets no limit. Encoders write ten or so; a file of a few kilobytes may have thousands, over as many pixels as
are allowed, and keep a decoder busy for hours.
"""

from __future__ import annotations

import re
from typing import IO

from qi_pipeline.errors import PacketError

MOST_SCANS = 100
"""As libtiff allows of the JPEG in a TIFF."""
_START = re.compile(rb"\xff\xda\x00[\x06\x08\x0a\x0c][\x01-\x04]")
"""The head of a scan of one to four components (T.81, B.2.3); packed pixels never hold its first two bytes."""
_LENGTH = 5
_CHUNK = 1 << 20


def refuse_many_scans(file: IO[bytes]) -> None:
    """Raise PacketError ``too_large`` for a JPEG of more scans than any encoder writes; the file's place is kept.

    The heads of scans are searched, and the segments not followed: a length that lies hides nothing.
    """
    place = file.tell()
    try:
        file.seek(0)
        count, before = 0, b""
        while data := file.read(_CHUNK):
            window = before + data
            count += len(_START.findall(window))
            if count > MOST_SCANS:
                raise _too_many()
            # Shorter than a head: what was counted is not counted again.
            before = window[-(_LENGTH - 1) :]
    finally:
        file.seek(place)


def refuse_many_scans_in(data: bytes) -> None:
    """Raise PacketError ``too_large`` for these bytes of such a JPEG."""
    if sum(1 for _ in _START.finditer(data)) > MOST_SCANS:
        raise _too_many()


def _too_many() -> PacketError:
    return PacketError("too_large", f"a JPEG in it has more than {MOST_SCANS} scans; save it again as a plain JPEG")
