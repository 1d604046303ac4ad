"""Whether a paper bears the institution's own seal (公章, clause 5.1), and when a copy is too poor to tell.

The issuer's seal is not the institution's, and a seal for a special purpose (合同专用章, 财务专用章, 检验检测专用章) is
not the 公章 (国务院印章规定). An arc that reads as the institution's name is its seal however doubtful the reading: no
other name is misread into this one; but whether it is the 公章 is open where ink below its star could not be read. A
gold relief is an accreditation body's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from qi_pipeline.admission.names import names_agree
from qi_pipeline.admission.papers import Paper
from qi_pipeline.model import Document, Evidence, Seal
from qi_pipeline.reading.seal_names import AGREES_FROM, DIFFERS_BELOW, is_special_purpose, seal_names

SealState = Literal["own", "electronic", "others", "none", "doubtful"]

_LEGIBLE = 0.6
"""From this confidence a name that shares little with the institution's is another's, misread or not."""
_OFFICE = re.compile(
    r"(?:监督管理|行政审批|民政|人力资源和社会保障|教育|知识产权|工商行政管理|登记管理)局?|认可委员会|监督管理委员会"
)
"""Words of issuers (发证机关), which no applicant bears in its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Which seals a paper bears, as far as the institution's own is concerned."""

    state: SealState
    texts: tuple[str, ...]
    """What the seals say, as far as they could be read, each with the purpose for which it is."""
    evidence: tuple[Evidence, ...]
    line_unread: str | None = None
    """What a seal says that bears the institution's name, and below its star something that could not be read."""


def sealed(paper: Paper, name: str | None) -> Sealed:
    """Whether ``paper`` bears the seal of the institution ``name`` on any of its pages.

    ``doubtful``: a seal that can't be read, or a grey or 1-bit copy on which no seal can be told by its colour.
    """
    found = [(document, seal) for document in paper.documents for seal in document.seals]
    texts = tuple(dict.fromkeys(_told(seal) for _, seal in found if seal.text))
    places = tuple(Evidence(file=document.file, page=seal.page, box=seal.box) for document, seal in found)
    if any(signature.intact is True for document in paper.documents for signature in document.signatures):
        return Sealed(state="electronic", texts=texts, evidence=places or (paper.place,))
    kinds = [_kind_of(seal, name, paper.certain_from) for _, seal in found]
    own = tuple(place for place, kind in zip(places, kinds, strict=True) if kind == "own")
    told = any(kind == "own" and seal.colour in ("red", "blue") for (_, seal), kind in zip(found, kinds, strict=True))
    if own and not told:
        # A seal without colour is one on a copy: nobody can tell it from the copy of a seal.
        return Sealed(state="doubtful", texts=texts, evidence=own)
    if own:
        return Sealed(state="own", texts=texts, evidence=own)
    unread = [
        (place, seal.text)
        for place, kind, (_, seal) in zip(places, kinds, found, strict=True)
        if kind == "doubtful" and seal.centre == "" and _names_own(seal, name)
    ]
    if unread:
        return Sealed(state="doubtful", texts=texts, evidence=(unread[0][0],), line_unread=unread[0][1])
    if "doubtful" in kinds or any(_poor(document) for document in paper.documents):
        return Sealed(state="doubtful", texts=texts, evidence=places or (paper.place,))
    return Sealed(state="others" if found else "none", texts=texts, evidence=places or (paper.place,))


def _told(seal: Seal) -> str:
    """What the seal says: the name on its arc, with the purpose below its star (某某公司（合同专用章）)."""
    return f"{seal.text}（{seal.centre}）" if seal.centre and seal.centre not in (seal.text or "") else seal.text or ""


def _kind_of(seal: Seal, name: str | None, certain_from: float) -> Literal["own", "other", "doubtful"]:
    """Whose one seal is."""
    if seal.colour == "gold" or is_special_purpose(seal.text, seal.centre):
        return "other"
    if not seal.text or name is None:
        return "doubtful"
    agrees = seal_names(seal.text, name)
    if agrees >= AGREES_FROM:
        return "own" if seal.centre is None or seal.centre else "doubtful"
    if _OFFICE.search(seal.text) and not _OFFICE.search(name):
        return "other"
    if seal.confidence >= certain_from:
        return "doubtful" if names_agree(seal.text, name) == "doubtful" else "other"
    return "other" if agrees < DIFFERS_BELOW and seal.confidence >= _LEGIBLE else "doubtful"


def _names_own(seal: Seal, name: str | None) -> bool:
    return bool(seal.text) and name is not None and seal_names(seal.text, name) >= AGREES_FROM


def _poor(document: Document) -> bool:
    return document.appearance != "colour"
