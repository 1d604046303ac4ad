"""Instruments that a shared laboratory offers (共享仪器设备, clause 4.5), and the calibration of each by its serial."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from qi_pipeline.admission.doubts import Doubt, field_doubt, kind_doubt
from qi_pipeline.admission.form import Instrument
from qi_pipeline.admission.names import Truth, folded_name
from qi_pipeline.admission.papers import Paper
from qi_pipeline.admission.validity import Validity, validity_of
from qi_pipeline.extraction.identifiers import compact

State = Literal["valid", "missing", "expired", "of_another", "doubtful"]

_SHORTEST = 4
"""Characters that make a serial number by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """One instrument and the certificate that counts for it."""

    instrument: Instrument
    state: State
    paper: Paper | None = None
    validity: Validity | None = None
    doubts: tuple[Doubt, ...] = ()


def calibrated(instrument: Instrument, papers: Sequence[tuple[Paper, Truth]], as_of: date, months: int) -> Calibrated:
    """The state of one instrument's calibration on the as-of date."""
    wanted = _serial(instrument.serial)
    certificates = [(paper, holder) for paper, holder in papers if paper.kind == "calibration_certificate"]
    same = [(paper, holder) for paper, holder in certificates if wanted and wanted in _serials_of(paper)]
    if same:
        return _best(instrument, same, as_of, months)
    unread = [paper for paper, holder in certificates if holder is not False and _may_be(paper, instrument)]
    if unread:
        doubt = field_doubt(unread[0], "instrument_serial")
        return Calibrated(instrument=instrument, state="doubtful", paper=unread[0], doubts=(doubt,))
    return Calibrated(instrument=instrument, state="missing")


def shown_instruments(papers: Sequence[tuple[Paper, Truth]], as_of: date, months: int) -> list[Calibrated]:
    """The instruments that the calibration certificates show, where the form lists none; each with its best one."""
    groups: dict[str, list[tuple[Paper, Truth]]] = {}
    for at, (paper, holder) in enumerate(papers):
        if paper.kind == "calibration_certificate":
            groups.setdefault(_serial(paper.read("instrument_serial").text) or f"#{at}", []).append((paper, holder))
    found = []
    for group in groups.values():
        front = group[0][0]
        said = {name: front.read(f"instrument_{name}").text for name in ("name", "model", "serial")}
        found.append(_best(Instrument(**said), group, as_of, months))
    return found


def _best(instrument: Instrument, certificates: Sequence[tuple[Paper, Truth]], as_of: date, months: int) -> Calibrated:
    """What the best of an instrument's certificates says: the institution's own first, then the one that holds."""
    judged = [(paper, holder, validity_of(paper, as_of, calibration_months=months)) for paper, holder in certificates]
    order = {True: 2, "doubtful": 1, False: 0}
    paper, holder, validity = max(judged, key=lambda each: (order[each[1]], each[2].rank))
    doubts = _doubts(paper, holder, validity)
    if holder is False:
        return Calibrated(instrument=instrument, state="of_another", paper=paper, validity=validity)
    if doubts and validity.state in ("valid", "doubtful"):
        return Calibrated(instrument=instrument, state="doubtful", paper=paper, validity=validity, doubts=doubts)
    state: State = "valid" if validity.state == "valid" else "expired"
    return Calibrated(instrument=instrument, state=state, paper=paper, validity=validity)


def _doubts(paper: Paper, holder: Truth, validity: Validity) -> tuple[Doubt, ...]:
    found: list[Doubt] = []
    if not paper.kind_certain:
        found.append(kind_doubt(paper))
    if holder == "doubtful":
        found.append(field_doubt(paper, "holder_name"))
    if validity.doubt:
        found.append(field_doubt(paper, validity.doubt))
    return tuple(found)


def _may_be(paper: Paper, instrument: Instrument) -> bool:
    """Whether a certificate without a certain serial number may be the instrument's."""
    serial = paper.read("instrument_serial")
    if serial.certain and instrument.serial:
        return False
    name = paper.read("instrument_name").text
    if name is None or instrument.name is None:
        return serial.doubtful
    one, other = folded_name(name), folded_name(instrument.name)
    return one in other or other in one


def _serials_of(paper: Paper) -> set[str | None]:
    """The serial number as printed, and what of it stands between Chinese characters that were read along with it."""
    text = paper.read("instrument_serial").text
    if text is None:
        return set()
    parts = [part for part in re.split(r"[\u4e00-\u9fff:：]+", compact(text)) if len(part) >= _SHORTEST]
    return {_serial(text), *(_serial(part) for part in parts)}


def _serial(text: str | None) -> str | None:
    """The serial number as it is compared: without spaces, dashes and the sign before a number."""
    if text is None:
        return None
    bare = compact(text).removeprefix("NO.").removeprefix("SN:").removeprefix("#")
    return bare.replace("-", "").replace(".", "").replace("/", "") or None
