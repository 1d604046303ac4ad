"""What commands write: exactly one JSON document on stdout, everything for people harmless and aligned.

Colour only on a terminal, and not where ``NO_COLOR`` is set or the terminal is ``dumb`` (https://no-color.org). A
Chinese character takes two columns (Unicode Standard Annex 11); control characters are shown, never sent.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
import tempfile
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TextIO

from qi_pipeline.model import Json

_IN_MEMORY = 16 << 20
_NARROWEST = 10
"""Columns that a cut cell keeps at least."""
_UNSENT = ("Cc", "Cf", "Zl", "Zp")
_HUES = {
    "admit": "32",
    "decided": "32",
    "reported": "32",
    "active": "32",
    "supplement": "33",
    "waiting": "33",
    "suspended": "33",
    "settling": "33",
    "further_verification": "36",
    "reading": "36",
    "reporting": "36",
    "claimed": "36",
    "manual_review": "35",
    "reject": "31",
    "quarantined": "31",
    "left behind": "31",
    "refused": "31",
    "deregistered": "31",
    "evicted": "31",
    "overdue": "31",
}
"""Colour (SGR parameter) of a code, whatever word of which language stands for it."""


def print_json(value: Json, indent: int | None = 1) -> None:
    """Writes one JSON document to stdout, Chinese as it is; without ``indent`` twenty times as fast, on one line."""
    # Made whole before the first byte is written, in the one encoding that JSON has, whatever the terminal's is; a name
    # in no encoding keeps its odd bytes as replacement characters.
    text = json.dumps(value, ensure_ascii=False, indent=indent) + "\n"
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def print_json_rows(name: str, rows: Iterable[Mapping[str, Json]], before: Mapping[str, Json] | None = None) -> None:
    """Writes one JSON document ``{…before, name: [rows]}`` to stdout, a line a row, in little memory.

    Like :func:`print_json` it is whole before the first byte is written.
    """
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as whole:
        head = "".join(f"{json.dumps(key)}: {_compact(value)},\n " for key, value in (before or {}).items())
        whole.write(f"{{{head}{json.dumps(name)}: [".encode("utf-8", "replace"))
        separator = "\n"
        for row in rows:
            whole.write(f"{separator}  {_compact(dict(row))}".encode("utf-8", "replace"))
            separator = ",\n"
        whole.write(b"]}\n")
        whole.seek(0)
        sys.stdout.flush()
        shutil.copyfileobj(whole, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def _compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def say(message: str) -> None:
    """Writes one line for people to stderr."""
    print(printable(message), file=sys.stderr, flush=True)


def say_error(message: str) -> None:
    """Writes a one-line error to stderr."""
    say(f"qi-pipeline: {message}")


def write_out(text: str) -> None:
    """Writes text for people to stdout; what its encoding can't say is shown as an escape."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def printable(text: str) -> str:
    r"""The text on one line, with control characters and undecodable bytes shown instead of sent to the terminal.

    >>> printable("a\x1b[31mb\nc\u202ed")
    'a\\x1b[31mb c\\u202ed'
    """
    if text.isprintable():
        return text
    text = text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\n", " ")
    return "".join(
        _escape(character) if unicodedata.category(character) in _UNSENT else character for character in text
    )


def _escape(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def width(text: str) -> int:
    """Columns that the text takes on a terminal: two for a Chinese character, none for a combining mark.

    >>> width("证书A"), width("e\u0301")
    (5, 1)
    """
    return len(text) if text.isascii() else sum(map(_columns, text))


@functools.cache
def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, columns: int) -> str:
    """The text in at most that many columns, with … where something was cut off.

    >>> cut("无锡市示例检测有限公司", 9), cut("short", 9)
    ('无锡市示…', 'short')
    """
    if width(text) <= columns:
        return text
    taken, room = 0, columns - 1
    for place, character in enumerate(text):
        taken += _columns(character)
        if taken > room:
            return text[:place] + "…"
    return text


def has_colour(stream: TextIO) -> bool:
    """Whether colour may be written to the stream: a terminal, and nobody asked for none."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def hue(word: str, shown: str) -> str:
    """``shown`` in the colour of the code ``word``, where that has one."""
    return f"\x1b[{_HUES[word]}m{shown}\x1b[0m" if word in _HUES else shown


def table(
    headings: list[str],
    rows: list[list[str]],
    *,
    room: int | None = None,
    hues: Mapping[int, Sequence[str]] | None = None,
    right: Collection[int] = (),
) -> str:
    """A plain table with columns padded by terminal width, those at the places ``right`` on the left.

    With ``room`` the widest columns are cut until a line takes no more columns than that. ``hues`` gives, by place, the
    codes of the rows of those columns that have colour, whatever word of whatever language stands there.
    """
    hues = hues or {}
    cells = [headings, *[[printable(cell) for cell in row] for row in rows]]
    columns = [[width(cell) for cell in column] for column in zip(*cells, strict=True)]
    widths = [max(column) for column in columns]
    if room is not None:
        fitted, kept = _fitted(cells, widths, room)
        if kept != widths:
            cells, widths = fitted, kept
            columns = [[width(cell) for cell in column] for column in zip(*cells, strict=True)]
    padded = []
    for i, column in enumerate(zip(*cells, strict=True)):
        wide, codes, first = widths[i], hues.get(i), i in right
        last = i == len(headings) - 1
        shown = []
        for number, (cell, taken) in enumerate(zip(column, columns[i], strict=True)):
            padding = " " * (wide - taken)
            text = hue(codes[number - 1], cell) if codes and number else cell
            shown.append(padding + text if first else text if last else text + padding)
        padded.append(shown)
    lines = ["  ".join(row).rstrip() for row in zip(*padded, strict=True)]
    if hues:
        lines[0] = f"\x1b[1m{lines[0]}\x1b[0m"
    return "\n".join([lines[0], "  ".join("-" * w for w in widths), *lines[1:]])


def _fitted(cells: list[list[str]], widths: list[int], room: int) -> tuple[list[list[str]], list[int]]:
    """The cells and widths with the widest columns cut, so that all fit, unless the terminal is narrower than sense."""
    kept = list(widths)
    over = sum(kept) + 2 * (len(kept) - 1) - room
    while over > 0 and max(kept) > _NARROWEST:
        kept[kept.index(max(kept))] -= 1
        over -= 1
    if kept == widths:
        return cells, widths
    return [[cut(cell, kept[i]) for i, cell in enumerate(row)] for row in cells], kept


def print_table(headings: list[str], rows: list[list[str]], *, hues: Mapping[int, Sequence[str]] | None = None) -> None:
    """Writes a table to stdout: on a terminal fitted to its width and in colour, elsewhere whole and plain."""
    terminal = sys.stdout.isatty()
    room = shutil.get_terminal_size().columns if terminal else None
    write_out(table(headings, rows, room=room, hues=hues if has_colour(sys.stdout) else None) + "\n")


def say_table(headings: list[str], rows: list[list[str]]) -> None:
    """Writes a table to stderr, a line each."""
    for line in table(headings, rows).splitlines():
        say(line)
