"""The admission rules (审核规则): a JSON Schema over the dossier whose rules carry finding codes and messages.

The schema is plain JSON Schema 2020-12; the ``x-`` keys are annotations that no validator minds. The shipped rules are
``schemas/admission.json``; a platform may point to its own edited copy.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, cast, get_args

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from qi_pipeline.admission.wording import placeholders
from qi_pipeline.errors import UsageError
from qi_pipeline.model import Severity

_LANGS = ("zh", "en")
_TEXTS = ("x-message", "x-remedy", "x-expected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the schema: what it is called, where it comes from and what it says."""

    name: str
    """Its key in ``$defs``."""
    code: str
    clause: str
    severity: Severity
    message: Mapping[str, str]
    remedy: Mapping[str, str]
    expected: Mapping[str, str]
    evidence: str = "evidence"
    """Key of the object it was applied to that holds the places to show."""
    document: str = "document"
    """Key of that object that holds the name of the document concerned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules in force and the validator that applies them."""

    schema: Mapping[str, Any]
    version: str
    fingerprint: str
    """Twelve hexadecimal digits that change with any byte of the file."""
    by_name: Mapping[str, Rule]
    validator: Draft202012Validator

    @property
    def codes(self) -> frozenset[str]:
        """Every finding code that the rules can give."""
        return frozenset(rule.code for rule in self.by_name.values())


def load_rules(path: Path | None = None) -> Rules:
    """The rules in ``path``, or the shipped ones for None; raises :class:`UsageError` if it is no rule set."""
    try:
        data = _shipped() if path is None else path.read_bytes()
        schema = json.loads(data)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: the admission rules can't be read ({error}); mend the file or remove it") from error
    where = str(path or "admission.json")
    if not isinstance(schema, dict):
        raise UsageError(f"{where}: a JSON object is needed; start from a copy of the shipped admission.json")
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        place = "/".join(str(step) for step in error.absolute_path)
        raise UsageError(
            f"{where}: not a JSON Schema 2020-12 at {place or 'the top'}: {error.message}; mend it"
        ) from error
    version = schema.get("x-version")
    if not isinstance(version, str):
        raise UsageError(f"{where}: x-version is missing; raise it whenever a rule changes")
    rules = {rule.name: rule for rule in _rules(schema, where)}
    return Rules(
        schema=schema,
        version=version,
        fingerprint=hashlib.sha256(data).hexdigest()[:12],
        by_name=rules,
        validator=Draft202012Validator(schema),
    )


def _shipped() -> bytes:
    return resources.files("qi_pipeline.schemas").joinpath("admission.json").read_bytes()


def _rules(schema: Mapping[str, Any], where: str) -> Iterator[Rule]:
    definitions = schema.get("$defs", {})
    for name, definition in definitions.items():
        if not isinstance(definition, dict) or "x-code" not in definition:
            continue
        place = f"{where}: rule {name}"
        for key in ("x-clause", "x-severity", "x-message"):
            if key not in definition:
                raise UsageError(f"{place}: {key} is missing")
        if definition["x-severity"] not in get_args(Severity):
            raise UsageError(f"{place}: x-severity must be one of {', '.join(get_args(Severity))}")
        for key in _TEXTS:
            text = definition.get(key)
            if text is not None and not (isinstance(text, dict) and all(isinstance(text.get(x), str) for x in _LANGS)):
                raise UsageError(f"{place}: {key} needs a text in zh and one in en")
            if text is not None and any("{" in placeholders_removed(text[lang]) for lang in _LANGS):
                raise UsageError(f"{place}: {key} holds a broken {{placeholder}}")
        yield Rule(
            name=name,
            code=str(definition["x-code"]),
            clause=str(definition["x-clause"]),
            severity=cast(Severity, definition["x-severity"]),  # one of the severities, checked above
            message=definition["x-message"],
            remedy=definition.get("x-remedy", {}),
            expected=definition.get("x-expected", {}),
            evidence=str(definition.get("x-evidence", "evidence")),
            document=str(definition.get("x-document", "document")),
        )


def placeholders_removed(template: str) -> str:
    """The template without its well-formed placeholders."""
    for name in placeholders(template):
        template = template.replace(f"{{{name}}}", "")
    return template
