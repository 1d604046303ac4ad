"""Make src/qi_pipeline/extraction/letter.toml from the text of the adopted commitment letter (入驻机构承诺书).

    python tools/letter_prints.py ANNEX.txt LETTER.toml

ANNEX.txt holds the adopted wording, one paragraph or broken lines, from the title to the closing sentence; it is
bought from its publisher and does not belong in this repository. LETTER.toml is rewritten: its decisive phrases are
kept, their places are found again, and the fingerprints are made anew. A phrase that the text does not hold stops
the tool: then the phrase or the text is wrong.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

from qi_pipeline.extraction.letter_prints import print_of
from qi_pipeline.extraction.letter_text import bare


def split_blocks(text: str, titles: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Name and bare wording of each block, cut where the first characters of the next one stand."""
    whole = bare(text)
    starts = []
    at = 0
    for name, opening in titles:
        found = whole.find(opening, at)
        if found < 0:
            raise SystemExit(f"the text holds no {opening!r} after character {at}: block {name} can't be found")
        starts.append(found)
        at = found + len(opening)
    return [
        (name, whole[start:end])
        for (name, _), start, end in zip(titles, starts, [*starts[1:], len(whole)], strict=True)
    ]


def main() -> None:
    """Rewrite the data file named second from the text named first."""
    annex, data = Path(sys.argv[1]), Path(sys.argv[2])
    old = tomllib.loads(data.read_text(encoding="utf-8"))
    text = annex.read_text(encoding="utf-8")
    text = re.split(r"法定代表人\s*（签字）", text)[0]
    blocks = split_blocks(text, [(block["name"], block["opening"]) for block in old["block"]])
    lines = [line for line in data.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    lines += ["", f'edition = "{old["edition"]}"', ""]
    for number, ((name, wording), block) in enumerate(zip(blocks, old["block"], strict=True)):
        following = blocks[number + 1][1][:1] if number + 1 < len(blocks) else ""
        grams = [(wording + following)[k : k + 2] for k in range(len(wording) + len(following) - 1)]
        lines += ["[[block]]", f'name = "{name}"', f'opening = "{block["opening"]}"', f"length = {len(wording)}"]
        lines += [f'prints = "{bytes(print_of(gram) for gram in grams).hex()}"']
        for phrase in block["phrases"]:
            if phrase not in wording:
                raise SystemExit(f"block {name}: {phrase!r} is not in it")
        lines += ["phrases = [" + ", ".join(f'"{phrase}"' for phrase in block["phrases"]) + "]", "decisive = ["]
        for phrase, _ in block["decisive"]:
            if wording.count(phrase) != 1:
                raise SystemExit(f"block {name}: {phrase!r} stands {wording.count(phrase)} times; once is needed")
            lines.append(f'    ["{phrase}", {wording.index(phrase)}],')
        lines += ["]", ""]
    data.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
