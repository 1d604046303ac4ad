"""The program's log (运行日志): a JSON object a line, with packet ids, and nothing that was read from paper.

It goes to the file that ``QI_LOG`` names, or to stderr where ``QI_LOG_LEVEL`` asks for it; on a terminal as text for
people. It tells operators what the program does; what happened to packets and institutions stands in the event log of
the records, which is another thing.

Only what this program's own code says is written: fixed words, and the values of the fields in :data:`FIELDS`. Of an
exception its kind and the places in the code are written, never its text, which may hold what was read. Numbers that
look like a person's identity or telephone number are hidden all the same, and control characters are escapes.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
from datetime import datetime
from logging.handlers import WatchedFileHandler
from traceback import walk_tb
from types import TracebackType
from typing import TYPE_CHECKING, TextIO
from zoneinfo import ZoneInfo

from qi_pipeline.errors import InstallationError

if TYPE_CHECKING:
    from qi_pipeline.settings import Settings

FIELDS: tuple[str, ...] = (
    *("packet", "command", "stage", "end", "outcome", "code", "fault", "error", "again", "tries", "seconds"),
    *("status", "pages", "count", "as_of"),
)
"""What a line may say beside its words: ids, codes, counts and days."""

_PERSONAL = re.compile(r"(?<![0-9A-Za-z])(?:1[3-9][0-9]{9}|[0-9]{17}[0-9Xx]|[0-9]{15})(?![0-9A-Za-z])")
_HIDDEN = "[hidden]"
_LOGGER = "qi_pipeline"
_SHANGHAI = ZoneInfo("Asia/Shanghai")


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Nothing; from now on the program logs as the settings say, once, however often this is called.

    Raises :class:`InstallationError` when the file can't be written.
    """
    logger = logging.getLogger(_LOGGER)
    for old in [each for each in logger.handlers if isinstance(each, (_ToFile, _ToStream))]:
        logger.removeHandler(old)
        old.close()
    handler = _handler(settings, stream or sys.stderr)
    if handler is None:
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())  # else Python prints warnings by itself
        return
    logger.addHandler(handler)
    logger.setLevel((settings.log_level or "info").upper())
    logger.propagate = False


def _handler(settings: Settings, stream: TextIO) -> logging.Handler | None:
    handler: logging.Handler
    if settings.log is not None:
        try:
            handler = _ToFile(settings.log, encoding="ascii")
        except OSError as error:
            raise InstallationError(
                f"{settings.log}: the log can't be written ({error.strerror}); give this user the right, or mend QI_LOG"
            ) from error
        handler.setFormatter(AsJson())
        return handler
    if not settings.log_level:
        return None
    handler = _ToStream(stream)
    handler.setFormatter(AsText() if stream.isatty() else AsJson())
    return handler


class _ToFile(WatchedFileHandler):
    """Appends to a file, which another program may take away to begin a new one."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing: a log that can't be written (a full disk) stops no work."""

    def close(self) -> None:
        """Nothing; the file is closed, whatever of it could not be written."""
        with contextlib.suppress(OSError):
            super().close()


class _ToStream(logging.StreamHandler[TextIO]):
    """Writes to stderr."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing: a log that can't be written stops no work."""


class AsJson(logging.Formatter):
    """One JSON object in ASCII, so that no control character and no odd byte reaches whoever reads it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {"at": _moment(record), "level": record.levelname.lower(), "logger": record.name, **_said(record)}
        return json.dumps({**line, "process": record.process}, ensure_ascii=True)


class AsText(logging.Formatter):
    """A line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        said = _said(record)
        words = f"{_moment(record)[11:19]} {record.levelname.lower():<7} {said.pop('event')}"
        text = " ".join([words, *(f"{key}={value}" for key, value in said.items())])
        return text.encode("unicode_escape").decode("ascii")


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, _SHANGHAI).isoformat(timespec="milliseconds")


def _said(record: logging.LogRecord) -> dict[str, object]:
    """The words and the fields of a record, without what nobody may read in a log."""
    said: dict[str, object] = {"event": _clean(record.getMessage())}
    for name in FIELDS:
        value = getattr(record, name, None)
        if value is not None:
            said[name] = value if isinstance(value, (bool, int, float)) else _clean(str(value))
    if record.exc_info and record.exc_info[0] is not None:
        said["error"] = record.exc_info[0].__name__
        said["trace"] = places(record.exc_info[2])
    return said


def _clean(text: str) -> str:
    return _PERSONAL.sub(_HIDDEN, text)[:2000]


def places(trace: TracebackType | None) -> list[str]:
    """Where in the code an exception came from, outermost first: modules and lines, no values.

    >>> places(None)
    []
    """
    return [f"{frame.f_globals.get('__name__', '?')}:{line}" for frame, line in walk_tb(trace)][-20:]
