"""Whether a paper bears the institution's own seal (公章, clause 5.1), and when a copy is too poor to tell.

The issuer's seal is not the institution's, and a seal for a special purpose (合同专用章, 财务专用章, 检验检测专用章) is
not the 公章 (国务院印章规定). An arc that reads exactly as the institution's name is its seal however doubtful the
reading: no other name is misread into this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from qi_pipeline.admission.names import folded_name, names_agree
from qi_pipeline.admission.papers import Paper
from qi_pipeline.model import Document, Evidence, Seal

SealState = Literal["own", "electronic", "others", "none", "doubtful"]

_NEAR = 0.75
"""Share of characters that a misread arc must have in common with the name to be possibly its own."""
_SPECIAL = ("专用", "合同", "财务", "发票", "检测章", "检验章")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Which seals a paper bears, as far as the institution's own is concerned."""

    state: SealState
    texts: tuple[str, ...]
    """What the seals say, as far as they could be read."""
    evidence: tuple[Evidence, ...]


def sealed(paper: Paper, name: str | None) -> Sealed:
    """Whether ``paper`` bears the seal of the institution ``name`` on any of its pages.

    ``doubtful``: a seal that can't be read, or a grey or 1-bit copy on which no seal can be told by its colour.
    """
    found = [(document, seal) for document in paper.documents for seal in document.seals]
    texts = tuple(dict.fromkeys(seal.text for _, seal in found if seal.text))
    places = tuple(Evidence(file=document.file, page=seal.page, box=seal.box) for document, seal in found)
    if any(signature.intact is True for document in paper.documents for signature in document.signatures):
        return Sealed(state="electronic", texts=texts, evidence=places or (paper.place,))
    kinds = [_kind_of(seal, name, paper.certain_from) for _, seal in found]
    own = tuple(place for place, kind in zip(places, kinds, strict=True) if kind == "own")
    if own:
        return Sealed(state="own", texts=texts, evidence=own)
    if "doubtful" in kinds or any(_poor(document) for document in paper.documents):
        return Sealed(state="doubtful", texts=texts, evidence=places or (paper.place,))
    return Sealed(state="others" if found else "none", texts=texts, evidence=places or (paper.place,))


def _kind_of(seal: Seal, name: str | None, certain_from: float) -> Literal["own", "other", "doubtful"]:
    """Whose one seal is."""
    if seal.centre and any(word in seal.centre for word in _SPECIAL):
        return "other"
    if not seal.text or name is None:
        return "doubtful"
    if any(word in seal.text for word in ("专用章", "合同章", "财务章")):
        return "other"
    agrees = names_agree(seal.text, name)
    if agrees is True:
        return "own"
    alike = SequenceMatcher(None, folded_name(seal.text), folded_name(name), autojunk=False).ratio()
    if agrees == "doubtful" or (seal.confidence < certain_from and alike >= _NEAR):
        return "doubtful"
    # What was read poorly and yet shares little with the name belongs to somebody else, if enough of it was read.
    if seal.confidence < certain_from and len(folded_name(seal.text)) < len(folded_name(name)) / 2:
        return "doubtful"
    return "other"


def _poor(document: Document) -> bool:
    return document.appearance != "colour"
