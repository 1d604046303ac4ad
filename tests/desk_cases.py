"""A reviewer's desk in a workspace: packets handed in, the command line, answers held against their schemas.

The fixtures ``place`` (the workspace) and ``run`` (a command, its answer read) stand in conftest.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator

from papers.packets import Packet
from qi_pipeline.context import Context
from qi_pipeline.ingest import run_ingest
from qi_pipeline.model import FileReading, Word
from stored_pool import StoredPool, drop

Place = tuple[Context, StoredPool]
Run = Callable[..., dict[str, Any]]

AS_OF = date(2026, 11, 22)
BY = ("--reviewer", "李审核", "--as-of", "2026-11-22")
LATER = ("--reviewer", "李审核", "--as-of", "2026-11-24")
END = "2028年03月01日"
"""The last day that the good packet's CMA certificate prints."""


def hand_in(
    place: Place, name: str, handed_in: Packet, as_of: date = AS_OF, blurred: str | None = None
) -> dict[str, Any]:
    """The packet's entry of the run that took it; ``blurred`` is a printed line that nobody could read for sure."""
    context, pool = place
    drop(context, pool, handed_in, name)
    if blurred is not None:
        pool.known = {file: blurred_in(reading, blurred) for file, reading in pool.known.items()}
    ran = run_ingest(context, as_of)
    assert ran.failed == []
    return ran.packets[-1]


def blurred_in(reading: FileReading, line: str) -> FileReading:
    """The reading with that line made doubtful."""

    def word(each: Word) -> Word:
        return (
            replace(each, text=each.text.replace(line, "20?8年?3月?1日"), confidence=0.4) if line in each.text else each
        )

    return replace(reading, pages=tuple(replace(page, words=tuple(map(word, page.words))) for page in reading.pages))


def checked(name: str, part: str, value: dict[str, Any]) -> dict[str, Any]:
    """The answer, which has the shape that its schema promises."""
    schema = json.loads(resources.files("qi_pipeline.schemas").joinpath(f"{name}.json").read_bytes())
    if part:
        schema = {"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]}
    assert [error.message for error in Draft202012Validator(schema).iter_errors(value)] == []
    return value
