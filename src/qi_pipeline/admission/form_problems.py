"""What is missing or wrong in an application (机构入驻申请表), each place named by its path, from the JSON Schema.

A bad application is an ordinary result: every problem is kept, none is raised. ``blocking`` ones lead to the finding
``application_incomplete`` (clause 5.1); the others are shown to the reviewer only.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import islice
from typing import Any, Literal

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

ProblemCode = Literal["missing", "wrong_type", "unknown_value", "malformed", "duplicate", "unreadable"]

MOST_PROBLEMS = 200
"""Problems named at most; a hostile file could hold millions."""

_SENTENCES: dict[ProblemCode, tuple[str, str]] = {
    "missing": ("未填写{title}（{path}）", "{path} is missing"),
    "wrong_type": ("{title}（{path}）的数据类型不正确", "{path} has the wrong type"),
    "unknown_value": ("{title}（{path}）的取值“{given}”不在规定范围内", "{path} has the unknown value {given!r}"),
    "malformed": ("{title}（{path}）的格式不正确{given}", "{path} is malformed{given}"),
    "duplicate": ("{title}（{path}）重复填写且内容不一致", "{path} is given twice with different values"),
    "unreadable": ("{title}（{path}）已填写但无法辨认", "{path} is filled in but can't be read"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One missing or wrong place of an application."""

    path: str
    """Where, such as ``institution.uscc`` or ``services[0].item``; ``$`` is the whole form."""
    code: ProblemCode
    message: dict[str, str]
    """One sentence by language: ``zh`` and ``en``."""
    blocking: bool = True
    """False where the contract does not require the value."""


@functools.cache
def application_schema() -> dict[str, Any]:
    """The JSON Schema of application.json, as shipped."""
    text = resources.files("qi_pipeline.schemas").joinpath("application.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@functools.cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(application_schema())


def problem(path: str, code: ProblemCode, given: str = "", *, blocking: bool | None = None) -> Problem:
    """A problem with its sentences; ``blocking`` None: as the schema marks the place."""
    title, optional = _place(path)
    shown = given if len(given) <= 60 else given[:60] + "…"
    zh, en = _SENTENCES[code]
    return Problem(
        path=path,
        code=code,
        message={
            "zh": zh.format(title=title, path=path, given=shown),
            "en": en.format(path=path, given=shown),
        },
        blocking=(not optional) if blocking is None else blocking,
    )


def problems_of(application: object) -> list[Problem]:
    """Everything in which ``application`` departs from the schema, each place once, in the order of the schema."""
    errors = _validator().iter_errors(application)
    found: dict[str, Problem] = {}
    for each in islice((p for error in errors for p in _translated(error)), MOST_PROBLEMS):
        found.setdefault(each.path, each)
    return list(found.values())


def path_of(steps: Sequence[str | int]) -> str:
    """The written path of a place: names joined by dots, positions in brackets.

    >>> path_of(["services", 0, "item"]), path_of([])
    ('services[0].item', '$')
    """
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".") or "$"


def _translated(error: ValidationError) -> Iterator[Problem]:
    steps: list[str | int] = list(error.absolute_path)
    path = path_of(steps)
    given: Any = error.instance
    match error.validator:
        case "required":
            needed: Any = error.validator_value
            for name in needed:
                if name not in given:
                    yield problem(path_of([*steps, name]), "missing")
        case "type" | "enum" if given is None:
            yield problem(path, "missing")
        case "enum" if isinstance(given, str):
            yield problem(path, "unknown_value" if given.strip() else "missing", given)
        case "minLength" | "pattern" | "minItems":
            yield problem(path, "missing")
        case "maxLength" | "maxItems":
            yield problem(path, "malformed", " (too long)")
        case _:
            yield problem(path, "wrong_type")


def _place(path: str) -> tuple[str, bool]:
    """Chinese title of the place, and whether the contract leaves it optional."""
    node: Any = application_schema()
    title, optional = str(node["title"]), False
    for step in path.replace("[", ".[").split("."):
        if step == "$" or not isinstance(node, dict):
            break
        node = node.get("items") if step.startswith("[") else node.get("properties", {}).get(step)
        if isinstance(node, dict):
            title = str(node.get("title", title))
            optional = optional or bool(node.get("x-optional"))
    return title, optional
