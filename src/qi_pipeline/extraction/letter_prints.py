"""The adopted wording of the commitment letter (Annex A) as fingerprints: enough to find a change, not to read it.

Each pair of neighbouring characters is kept as one byte of a hash. A byte stands for some twenty-five plausible next
characters, so the wording can't be spelled out from the data, but a letter that differs in one character breaks two
bytes at that very place.
"""

from __future__ import annotations

import functools
import hashlib
import tomllib
from dataclasses import dataclass
from importlib import resources

_KEY = b"commitment letter"


@functools.lru_cache(maxsize=65536)
def print_of(gram: str) -> int:
    """One byte that stands for two neighbouring characters."""
    return hashlib.blake2b(gram.encode(), digest_size=1, key=_KEY).digest()[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisive:
    """A short phrase that carries a block's sense, and where it stands in the adopted letter."""

    phrase: str
    start: int

    @property
    def end(self) -> int:
        """Position after its last character."""
        return self.start + len(self.phrase)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of the letter: the title, the preamble, one of nine promises, of ten categories, the closing."""

    name: str
    """``title``, ``preamble``, ``1`` to ``9``, ``9.1`` to ``9.10``, ``closing``."""
    start: int
    length: int
    decisive: tuple[Decisive, ...]
    """The phrases that carry its sense in the adopted wording."""
    phrases: tuple[str, ...] = ()
    """Those by which the block is known in a letter that uses other words."""

    @property
    def end(self) -> int:
        """Position after its last character."""
        return self.start + self.length

    @property
    def is_promise(self) -> bool:
        """Whether it is one of the nine promises."""
        return self.name.isdigit()

    @property
    def is_category(self) -> bool:
        """Whether it is one of the ten information categories of promise 9."""
        return self.name.startswith("9.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPrints:
    """The whole adopted letter: its blocks and the print of each pair of neighbouring characters."""

    edition: str
    blocks: tuple[Block, ...]
    prints: tuple[int, ...]

    @property
    def length(self) -> int:
        """Characters of the whole letter."""
        return self.blocks[-1].end


@functools.cache
def adopted_letter() -> LetterPrints:
    """The fingerprints of the adopted Annex A, as shipped."""
    text = resources.files("qi_pipeline.extraction").joinpath("letter.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    blocks: list[Block] = []
    prints = b""
    for table in data["block"]:
        start = blocks[-1].end if blocks else 0
        decisive = tuple(Decisive(phrase=phrase, start=start + at) for phrase, at in table["decisive"])
        phrases = tuple(table["phrases"])
        blocks.append(
            Block(name=table["name"], start=start, length=table["length"], decisive=decisive, phrases=phrases)
        )
        prints += bytes.fromhex(table["prints"])
    return LetterPrints(edition=data["edition"], blocks=tuple(blocks), prints=tuple(prints))
