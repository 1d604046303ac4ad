"""How much each piece of evidence says (证据权重): log odds from ``certainty.toml``, fitted where the truth is known.

A value starts from the log odds of its source; every remark and flaw adds its weight. A weight may be given for a
group of fields (``second_reading.date``) or for all (``second_reading``).
"""

from __future__ import annotations

import functools
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files

GROUPS: Mapping[str, str] = {
    "holder_uscc": "code",
    "registration_number": "code",
    "certificate_number": "number",
    "instrument_serial": "number",
    "instrument_model": "number",
    "valid_to": "date",
    "valid_from": "date",
    "issued_on": "date",
    "established_on": "date",
    "calibrated_on": "date",
    "signed_on": "date",
    "holder_name": "name",
    "issuing_authority": "issuer",
    "legal_representative": "person",
    "address": "address",
    "scope_text": "text",
}
"""Field → the group whose readings fail alike; other fields are of the group ``other``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The weights of one calibration."""

    start: Mapping[str, float]
    """Log odds of a value by where its words came from, before any evidence."""
    cues: Mapping[str, float]
    """Log of how many times likelier a cue is beside a right value than beside a wrong one."""
    most: float
    """No value is surer than this."""

    def of(self, cue: str, group: str) -> float:
        """The weight of one cue for a field of a group."""
        return self.cues.get(f"{cue}.{group}", self.cues.get(cue, 0.0))

    def probability(self, source: str, cues: Iterable[str], group: str) -> float:
        """How sure a value is that came from ``source`` with these cues."""
        start = self.start.get(f"{source}.{group}", self.start[source])
        odds = start + sum(self.of(cue, group) for cue in cues)
        return min(1 / (1 + math.exp(-max(min(odds, 30.0), -30.0))), self.most)


def group_of(field: str) -> str:
    """The group of a field."""
    return GROUPS.get(field, "other")


@functools.cache
def calibrated() -> Weights:
    """The weights that the program uses."""
    table = tomllib.loads(files("qi_pipeline.extraction").joinpath("certainty.toml").read_text(encoding="utf-8"))
    return Weights(start=table["start"], cues=table["cues"], most=table["most"])
