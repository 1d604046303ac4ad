"""What parent and reading process say to each other: one JSON object a line (读取进程协议).

The parent asks, the process answers with any number of pages and one last line. Nothing else crosses the border,
and what crosses it is checked here: size, shape, page number, and that a page image has the one name it may have.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal, NoReturn

from qi_pipeline.codec import CodecError, from_json, to_json
from qi_pipeline.model import Box, ElectronicSignature, Page
from qi_pipeline.policy import Limits

MAX_LINE = 64 * 1024 * 1024
"""Bytes of one answer; a page of the most characters that policy allows has a fifth of it."""


class ProtocolError(Exception):
    """A reading process said something that it may not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """First line to a new process."""

    engine: str
    limits: Limits
    readable: tuple[str, ...] = ()
    """Folders that it may read beside the system's and the program's own."""
    writable: tuple[str, ...] = ()
    """Folders that it may write; none: as its user may."""


Look = Literal["other", "colour", "soft"]
"""How a line is read again: by the engine that did not read the page; or by the one that did, from a picture without
its colours, or from a softened one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CropRequest:
    """One line of a page to be read a second time."""

    image: str
    """Name of the page image in the page folder."""
    box: Box
    alphabet: Literal["chinese", "code", "date"]
    look: Look = "other"
    expected: str = ""
    """What was read there first; the score that comes back is then that of the least sure of its characters."""
    ends: bool = False
    """A number ends with the box: where ink follows at once, the box cuts it off, and nothing comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question to a reading process."""

    do: Literal["open", "pages", "draw", "crops"]
    path: str = ""
    media_type: str = ""
    pages_dir: str = ""
    stem: str = ""
    """What the names of its page images begin with: see :func:`image_name`."""
    first: int = 1
    last: int = 1
    crops: tuple[CropRequest, ...] = ()
    crop_engine: str = ""
    """Reads the crops, but for the look ``other``."""
    other_engine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Answer to ``open``."""

    pages: int
    signatures: tuple[ElectronicSignature, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One line from a reading process."""

    kind: Literal["ready", "opened", "page", "crops", "done", "failed", "passing", "installation"]
    page: Page | None = None
    opened: Opened | None = None
    crops: tuple[tuple[str, float], ...] = ()
    code: str = ""
    message: str = ""
    exhausted: bool = False
    """The process is out of memory and should be replaced."""


def image_name(stem: str, number: int) -> str:
    """File name of the image of page ``number`` in the page folder.

    >>> image_name("0f3a", 2)
    '0f3a-2.jpg'
    """
    return f"{stem}-{number}.jpg"


def line_of(message: Setup | Request | Answer) -> bytes:
    """The message as one line of JSON."""
    return json.dumps(to_json(message), ensure_ascii=True, allow_nan=False).encode() + b"\n"


def read_request(line: bytes) -> Request:
    """A question as the process reads it."""
    return from_json(Request, json.loads(line))


def read_setup(line: bytes) -> Setup:
    """The first line as the process reads it."""
    return from_json(Setup, json.loads(line))


def read_answer(line: bytes) -> Answer:
    """An answer, checked; raises :class:`ProtocolError`."""
    try:
        return from_json(Answer, json.loads(line, parse_constant=_no_constant))
    except (ValueError, RecursionError, CodecError) as error:
        raise ProtocolError(f"not an answer: {error}") from None


def check_page(answer: Answer, request: Request, number: int) -> Page:
    """The page of an answer, if it is the one asked for; raises :class:`ProtocolError`."""
    page = answer.page
    if page is None or page.number != number:
        raise ProtocolError(f"page {number} was asked for")
    if page.image not in (None, image_name(request.stem, number)):
        raise ProtocolError("a page image has another name than it may have")
    return page


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
