"""Findings (审核发现) from the errors of the admission schema: which rule failed, on which object, with its places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jsonschema.exceptions import ValidationError

from qi_pipeline.admission.rules import Rule, Rules
from qi_pipeline.admission.wording import filled
from qi_pipeline.model import Box, Evidence, Finding, Json

_NAMED_CHILD = ("properties", "patternProperties", "dependentSchemas")
_INDEXED = ("allOf", "anyOf", "oneOf", "prefixItems")


def findings_of(dossier: Mapping[str, Json], rules: Rules) -> tuple[Finding, ...]:
    """Every finding of the rules over a dossier, each rule once an object, in the order of the rules."""
    found: dict[tuple[str, tuple[str | int, ...]], Finding] = {}
    for error in rules.validator.iter_errors(dossier):
        located = _rule_of(error, rules)
        if located is None:
            continue
        rule, path = located
        if (rule.name, path) not in found:
            found[rule.name, path] = _finding(rule, dossier, path)
    order = {name: at for at, name in enumerate(rules.by_name)}
    keys = sorted(found, key=lambda key: (order[key[0]], [str(step).zfill(6) for step in key[1]]))
    return _once(found[key] for key in keys)


def _once(findings: Iterator[Finding]) -> tuple[Finding, ...]:
    """Findings without those that say the same of the same document and service twice."""
    return tuple({(f.code, f.document, f.service, f.message["zh"]): f for f in findings}.values())


def _rule_of(error: ValidationError, rules: Rules) -> tuple[Rule, tuple[str | int, ...]] | None:
    """The innermost rule on the way to the error, and the path of the object that it was applied to.

    The way through the schema is the error's; references (``$ref``) are not written in it and are followed here.
    """
    schema: Any = rules.schema
    instance = list(error.absolute_path)
    depth, found = 0, None
    steps = list(error.absolute_schema_path)
    at = 0
    while True:
        name = _rule_name(schema, rules)
        if name is not None:
            found = rules.by_name[name], tuple(instance[:depth])
        if at >= len(steps) or not isinstance(schema, Mapping):
            return found
        step = steps[at]
        if step not in schema:
            if "$ref" not in schema:
                return found
            schema = _resolved(str(schema["$ref"]), rules.schema)
            continue
        schema, at = schema[step], at + 1
        if step in _NAMED_CHILD:
            schema, at, depth = schema[steps[at]], at + 1, depth + 1
        elif step in _INDEXED:
            schema, at = schema[steps[at]], at + 1
            depth += step == "prefixItems"
        elif step in ("items", "additionalProperties", "unevaluatedItems", "unevaluatedProperties"):
            depth += 1


def _rule_name(schema: object, rules: Rules) -> str | None:
    if not isinstance(schema, Mapping) or "x-code" not in schema:
        return None
    return next((name for name, each in rules.schema["$defs"].items() if each is schema), None)


def _resolved(reference: str, schema: Mapping[str, Any]) -> object:
    """The part of the schema that a local reference (``#/$defs/…``) names."""
    node: Any = schema
    for step in reference.removeprefix("#").strip("/").split("/"):
        if step:
            node = node[step.replace("~1", "/").replace("~0", "~")]
    return node


def _finding(rule: Rule, dossier: Mapping[str, Json], path: Sequence[str | int]) -> Finding:
    target: Any = dossier
    for step in path:
        target = target[step]
    facts: dict[str, Json] = {"as_of": dossier.get("as_of"), "request": dossier.get("request")}
    institution = dossier.get("institution")
    if isinstance(institution, Mapping):
        facts["institution_name"] = institution.get("name")
    own = target if isinstance(target, Mapping) else {}
    facts |= own
    document, service = facts.get(rule.document), facts.get("service")
    return Finding(
        code=rule.code,
        clause=rule.clause,
        severity=rule.severity,
        message=_texts(rule.message, facts),
        document=document if isinstance(document, str) else None,
        service=service if isinstance(service, str) else None,
        evidence=tuple(_places(own.get(rule.evidence) or own.get("evidence"))),
        remedy=_texts(rule.remedy, facts),
        expected=_texts(rule.expected, facts),
    )


def _texts(templates: Mapping[str, str], facts: Mapping[str, Json]) -> dict[str, str]:
    return {lang: filled(template, facts, lang) for lang, template in templates.items()}


def _places(evidence: object) -> Iterator[Evidence]:
    for each in evidence if isinstance(evidence, list) else []:
        x0, y0, x1, y1 = (float(edge) for edge in each["box"])
        box: Box = (x0, y0, x1, y1)
        yield Evidence(file=each["file"], page=each["page"], box=box)
