"""What speaks for an admission (准予理由): services and what they stand on, papers, credit, each with its clause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qi_pipeline.kinds import LICENCE_KINDS
from qi_pipeline.model import Decision, Document, Lang
from qi_pipeline.reports.phrases import HEADINGS, clause_name, kind_name

_ENTERING = ("admission", "supplement")
"""Requests for which all conditions of entry are judged."""
_ASKED_FOR = (*sorted(LICENCE_KINDS), "management_rules", "commitment_letter")
"""Kinds that clauses 4.3 and 5.1 ask of everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One thing that speaks for it."""

    text: str
    clause: str


def in_favour(request: str, decision: Decision, documents: Sequence[Document], lang: Lang) -> tuple[Ground, ...]:
    """Why the institution is admitted, from what the rules found in order; for other requests, that nothing is amiss.

    Only what a rule would have found is said: with a finding on it, the outcome would be another one.
    """
    found: list[Ground] = []
    kinds = {document.file: document.kind for document in documents}
    services = decision.services
    if services and request != "exit":  # who leaves offers nothing more
        papers = dict.fromkeys(kinds[file] for service in services for file in service.by if file in kinds)
        good = sum(service.qualified for service in services)
        key = "qualifies" if good == len(services) else "partly"
        text = HEADINGS[key][lang].format(n=len(services), good=good, by=_named(list(papers), lang))
        found.append(Ground(text=text, clause=clause_name("4.2", lang)))
    if request in _ENTERING:
        seen = [kind for kind in _ASKED_FOR if kind in kinds.values()]
        text = HEADINGS["complete"][lang].format(by=_named(seen, lang))
        found.append(Ground(text=text, clause=clause_name("5.1", lang)))
        found.append(Ground(text=HEADINGS["credit_clear"][lang], clause=clause_name("4.3", lang)))
    return tuple(found) or (Ground(text=HEADINGS["fulfilled"][lang], clause=""),)


def _named(kinds: Sequence[str], lang: Lang) -> str:
    names = [kind_name(kind, lang) for kind in kinds]
    if not names:
        return ""
    return f"：{'、'.join(names)}" if lang == "zh" else f": {', '.join(names)}"
