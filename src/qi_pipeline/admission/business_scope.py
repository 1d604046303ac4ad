"""Whether a declared service lies within the licence's scope (经营范围, 业务范围; clause 4.1).

An item speaks for a service when it contains one of the service's terms and excludes neither the term nor the service
by name. A long text is doubtful as a whole long before one phrase in it is: of a text read right with probability p, a
phrase that makes up the share s of its characters was read right with about p to the power s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qi_pipeline.admission.names import Truth
from qi_pipeline.admission.papers import Paper
from qi_pipeline.admission.services import ServiceItem
from qi_pipeline.extraction.folding import distance_within_one, fold
from qi_pipeline.extraction.scopes import ScopeItem, items_of
from qi_pipeline.model import Evidence

_GENERIC = 2
"""Letters of a term so wide (培训) that an item which leaves out some of it may leave out what needs the licence."""
_LICENSED = re.compile(r"许可|审批")
_LEGIBLE = 0.5
"""Below this a text was not read well enough to say that something is not in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InScope:
    """Whether the licence's scope has an item for a service, and which."""

    holds: Truth | None
    """None: there is no licence to look into."""
    item: str | None = None
    evidence: tuple[Evidence, ...] = ()


def in_business_scope(licence: Paper | None, service: ServiceItem, name: str) -> InScope:
    """Whether the scope that ``licence`` prints allows the service ``name``."""
    if licence is None:
        return InScope(holds=None)
    scope = licence.read("scope_text")
    text = scope.text
    if text is None:
        place = scope.evidence or (licence.place,)
        return InScope(holds="doubtful", evidence=place)
    whole = max(len(fold(text)), 1)
    best: InScope | None = None
    for item in items_of(text):
        terms = [term for term in service.scopes if item.names(term)]
        if not terms or item.excludes(name) or _takes_out(item, service, terms):
            continue
        decisive = min(len(fold(term)) for term in terms) + sum(len(each) for each in item.excluded)
        sure = scope.confidence ** min(decisive / whole, 1.0) >= licence.certain_from
        found = InScope(holds=True if sure else "doubtful", item=item.text, evidence=scope.evidence)
        if sure:
            return found
        best = best or found
    if best is not None:
        return best
    if scope.certain:
        return InScope(holds=False, evidence=scope.evidence)
    near = scope.confidence < _LEGIBLE or any(_nearly_in(fold(term), fold(text)) for term in service.scopes)
    return InScope(holds="doubtful" if near else False, evidence=scope.evidence)


def _takes_out(item: ScopeItem, service: ServiceItem, named: Sequence[str]) -> bool:
    """Whether the item excludes what makes the service special: 检验检测服务（不含特种设备检验检测）.

    What needs a licence is excluded as soon as an item leaves out all of its kind that does (不含…等需取得许可的培训).
    """
    others = [term for term in service.scopes if term not in named]
    if any(item.takes_out(term) and any(each in term for each in named) for term in others):
        return True
    if service.requires is None or service.covers != "whole":
        return False
    return any(item.takes_out(term) for term in others) or any(
        fold(term) in excluded and (len(term) <= _GENERIC or _LICENSED.search(excluded) is not None)
        for term in named
        for excluded in item.excluded
    )


def _nearly_in(term: str, text: str) -> bool:
    """Whether ``text`` holds ``term`` but for one misread character."""
    size = len(term)
    return size > 2 and any(distance_within_one(term, text[at : at + size]) for at in range(len(text) - size + 1))
