"""What commands write: exactly one JSON document on stdout, everything for people on stderr, all of it harmless."""

from __future__ import annotations

import json
import sys
import unicodedata

from qi_pipeline.model import Json


def print_json(value: Json) -> None:
    """Writes one JSON document to stdout, Chinese as it is."""
    # Made whole before the first byte is written, in the one encoding that JSON has, whatever the terminal's is; a name
    # in no encoding keeps its odd bytes as replacement characters.
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def say(message: str) -> None:
    """Writes one line for people to stderr."""
    print(printable(message), file=sys.stderr, flush=True)


def say_error(message: str) -> None:
    """Writes a one-line error to stderr."""
    say(f"qi-pipeline: {message}")


def printable(text: str) -> str:
    r"""The text on one line, with control characters and undecodable bytes shown instead of sent to the terminal.

    >>> printable("a\x1b[31mb\nc")
    'a\\x1b[31mb c'
    """
    text = text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\n", " ")
    return "".join(
        f"\\x{ord(character):02x}" if unicodedata.category(character) in ("Cc", "Cf") else character
        for character in text
    )


def width(text: str) -> int:
    """Columns that the text takes on a terminal: two for a Chinese character.

    >>> width("证书A")
    5
    """
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def table(headings: list[str], rows: list[list[str]]) -> str:
    """A plain table with columns padded by terminal width."""
    cells = [headings, *[[printable(cell) for cell in row] for row in rows]]
    widths = [max(width(row[i]) for row in cells) for i in range(len(headings))]
    lines = ["  ".join(cell + " " * (widths[i] - width(cell)) for i, cell in enumerate(row)).rstrip() for row in cells]
    return "\n".join([lines[0], "  ".join("-" * w for w in widths), *lines[1:]])


def say_table(headings: list[str], rows: list[list[str]]) -> None:
    """Writes a table to stderr, a line each."""
    for line in table(headings, rows).splitlines():
        say(line)
