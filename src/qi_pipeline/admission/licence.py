"""The licence that counts (营业执照或法人证书, clause 5.1 a) and what it says of the institution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from qi_pipeline.admission.names import Truth
from qi_pipeline.admission.papers import Paper
from qi_pipeline.admission.validity import Validity, validity_of
from qi_pipeline.extraction.identifiers import compact, is_uscc
from qi_pipeline.kinds import LICENCE_KINDS
from qi_pipeline.model import Evidence

CodeState = Literal["right", "wrong", "not_printed", "only_old_number", "doubtful"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """The paper that counts as the licence, whose it is and until when it holds."""

    paper: Paper
    holder: Truth
    validity: Validity


def licence_of(papers: Sequence[tuple[Paper, Truth]], as_of: date) -> Licence | None:
    """The licence that counts: the institution's own first, then the valid before the expired, then the newest."""
    found = [
        Licence(paper=paper, holder=holder, validity=validity_of(paper, as_of))
        for paper, holder in papers
        if paper.kind in LICENCE_KINDS
    ]
    return max(found, key=_rank, default=None)


def code_state(licence: Licence) -> tuple[CodeState, tuple[Evidence, ...]]:
    """What the licence shows as 统一社会信用代码: right or wrong by its check character, an old 注册号, or a doubt."""
    code, old = licence.paper.read("holder_uscc"), licence.paper.read("registration_number")
    if code.text is not None:
        right = is_uscc(compact(code.text))
        if code.certain:
            return ("right" if right else "wrong"), code.evidence
        return "doubtful", code.evidence
    if code.printed:
        return "doubtful", code.evidence
    if old.printed:
        return "only_old_number", old.evidence
    return "not_printed", (licence.paper.place,)


def _rank(licence: Licence) -> tuple[int, int, int, str, date]:
    holder = {True: 2, "doubtful": 1, False: 0}[licence.holder]
    valid = {"valid": 2, "doubtful": 1}.get(licence.validity.state, 0)
    current = int(licence.paper.read("holder_uscc").printed)
    issued = licence.paper.read("issued_on").text or ""
    return holder, valid, current, issued, licence.validity.valid_to or date.max
