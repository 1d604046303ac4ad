"""Names and addresses that a certificate prints without a label (无栏目名的内容).

Accreditation and management-system certificates set the holder in a line of its own under 兹证明, its address below,
and the issuer's name at the head or foot; many licences name the authority only beside the date, over the seal.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from qi_pipeline.extraction import dates, loose, readers, terms
from qi_pipeline.extraction.fields import DocumentPages
from qi_pipeline.extraction.filled_forms import with_pieced_term
from qi_pipeline.extraction.folding import HAN, edit_distance, fold, tidy
from qi_pipeline.extraction.identifiers import compact
from qi_pipeline.extraction.lines import Row, around, middle, rows_of
from qi_pipeline.model import Box, Field, Page, Word

_ORGANISATION = re.compile(
    rf"[{HAN}()a-z0-9·&\-]{{2,40}}(?:公司|中心|研究院|研究所|学院|学校|大学|医院|协会|学会|商会|事务所|检测站|监测站|检验所|检测所|合作社|总站|总厂|厂"
    r"|院|局|所|站|室|店|行|社|部|集团|委员会|基金会|联盟|经营部|工作室)(?:\([^()]{2,30}\))?"
)
_LATIN_ORGANISATION = re.compile(
    r"\b(?:co\.|company|ltd|limited|inc|corp|llc|gmbh|institute|center|centre|laborator|university|hospital|bureau|group|academy|school)",
    re.IGNORECASE,
)
_AUTHORITY = re.compile(
    rf"[{HAN}]{{2,24}}(?:局|委员会|厅|人民政府|政务服务中心|审批处|办公室|总站|水利部|交通运输部|应急管理部|司法部|农业农村部|工业和信息化部|住房和城乡建设部|自然资源部)"
)
_PLACE = re.compile(rf"[{HAN}]{{2,}}(?:省|市|区|县|镇|乡|街道|路|街|道|大道|巷|村|园|号|楼|层|室|幢|栋|座)")
_LATIN_PLACE = re.compile(
    r"\b(?:road|rd\.|street|st\.|district|city|province|building|floor|no\.|zone|town|china|county|room)", re.IGNORECASE
)
_STAMP_MARK = re.compile(r"[(（]?(?:盖章|公章|印章|签章|章)[)）]$")


def face(page: Page, title: Word | None = None) -> Page:
    """The page with only the half that holds ``title``, where two faces lie side by side; else the page itself."""
    if title is None:
        return page
    gutter = page.gutter
    if gutter is None:
        # No gutter was seen: a wide page with its title off the middle is a spread all the same.
        if page.width < 1.15 * page.height or 0.4 <= _centre(title.box) <= 0.6:
            return page
        gutter = 0.5
    left = _centre(title.box) < gutter
    return replace(page, words=tuple(word for word in page.words if (_centre(word.box) < gutter) == left))


@functools.lru_cache(maxsize=8)  # several fields of a page are looked for one after the other
def rows(page: Page) -> tuple[Row, ...]:
    """The printed rows of a page."""
    return tuple(rows_of(page.words, page.width / page.height if page.height else 0.707))


def title_word(page: Page, pattern: re.Pattern[str]) -> Word | None:
    """The tallest word whose folded text shows ``pattern``; None when none does."""
    found = [word for word in page.words if pattern.search(fold(word.text))]
    return max(found, key=lambda word: word.box[3] - word.box[1], default=None)


def is_organisation(text: str) -> bool:
    """Whether a whole printed line is the name of an organisation.

    >>> is_organisation("苏州绿茵检测技术服务有限公司"), is_organisation("质量管理体系符合")
    (True, False)
    """
    folded = fold(text)
    if re.search(r"[0-9](?:号|楼|层|室|幢|栋|座)", folded) and not folded.endswith("公司"):
        return False
    if re.search(r"[:,;。、《》]", folded):
        return bool(_LATIN_ORGANISATION.search(text)) and text.isascii() and ":" not in text
    return _ORGANISATION.fullmatch(folded) is not None or (text.isascii() and bool(_LATIN_ORGANISATION.search(text)))


def names(text: str, name: str | None) -> bool:
    """Whether a line or a seal says this name, misread in places perhaps: arcs are read worse than lines."""
    if name is None:
        return False
    one, other = fold(text), fold(name)
    return one == other or (
        min(len(one), len(other)) >= 6 and edit_distance(one, other) <= max(len(one), len(other)) // 5
    )


def is_address(text: str) -> bool:
    """Whether a printed line reads like an address or the rest of one."""
    folded = fold(text)
    if text.isascii():
        return bool(_LATIN_PLACE.search(text))
    return bool(_PLACE.search(folded)) and not is_organisation(text)


def field_of(lines: Sequence[Row], value: str, page: int) -> Field:
    """A field whose value stands on these rows."""
    words = [word for line in lines for word in line.words]
    return Field(
        value=value,
        raw=" ".join(line.text for line in lines),
        confidence=min(word.confidence for word in words),
        page=page,
        box=around(word.box for word in words),
    )


def joined_field(lines: Sequence[Row], page: int) -> Field:
    """The rows as one string, lines joined as they read."""
    return field_of(lines, readers.joined([line.text for line in lines]), page)


def holder(page: Page, *, below: float, above: float) -> Field | None:
    """The organisation that a line of its own names between two heights of the page; the tallest line wins."""
    lines = [
        row
        for row in map(_without_stamps, rows(page))
        if below - 0.005 <= row.box[1] and row.box[3] <= above + 0.005 and _is_one_run(row)
    ]
    named: list[tuple[float, int, Field]] = []
    for at, row in enumerate(lines):
        following = [line for line in lines[at + 1 : at + 2] if _below(row, line)]
        whole = [[row], [row, *following]]
        if following and _LEGAL_FORM.fullmatch(fold(following[0].text)) and not fold(row.text).endswith("公司"):
            whole.reverse()  # 某某检验检测集团 / 股份有限公司
        for taken in whole:
            text = readers.joined([line.text for line in taken])
            if is_organisation(text) and not _OFFICE.search(fold(text)):
                named.append((round(row.height, 3), -at, joined_field(taken, page.number)))
                break
    return max(named, key=lambda item: item[:2])[2] if named else None


_LINE, _AS_HIGH = 4, 1.6
_APART = 0.04
"""Words further apart, in page widths, are no one name."""


_LEGAL_FORM = re.compile(
    r"(?:股份|有限|责任|集团)*(?:有限)?(?:责任)?公司(?:.{2,8}分公司)?|\((?:有限|普通|特殊普通)合伙\)"
)
"""What the second line of a name can be, though the first one looks whole."""
_OFFICE = re.compile(r"(?:局|厅|政府)$")
"""How names of authorities end, which issue papers and hold none."""


def _without_stamps(row: Row) -> Row:
    """The row without words that are much higher than its lowest line of some letters: they are stamped over it."""
    heights = [word.box[3] - word.box[1] for word in row.words if len(word.text) >= _LINE]
    kept = tuple(word for word in row.words if heights and word.box[3] - word.box[1] <= _AS_HIGH * min(heights))
    return Row(kept) if kept else row


def _below(row: Row, line: Row) -> bool:
    """Whether a line begins where the row above it does, or is centred under it."""
    (x0, _, x1, _), (left, _, right, _) = row.box, line.box
    return abs(left - x0) <= _APART or abs(left + right - x0 - x1) <= 2 * _APART


def _is_one_run(row: Row) -> bool:
    """Whether the words of a row stand close to each other, as those of a name do."""
    return all(right.box[0] - left.box[2] <= _APART for left, right in itertools.pairwise(row.words))


def stated(page: Page, pattern: re.Pattern[str]) -> Field | None:
    """The ``name`` that a sentence of the paper's own text names, be it broken over lines; None without one."""
    text, owners = "", list[Row]()
    for row in rows(page):
        said = tidy(row.text)
        text, owners = text + said, owners + [row] * len(said)
    match = pattern.search(text)
    if match is None:
        return None
    taken = dict.fromkeys(owners[slice(*match.span("name"))])
    return field_of(list(taken), match["name"], page.number)


def address_below(page: Page, *, below: float, above: float) -> Field | None:
    """The first line that reads like an address between two heights, with the lines that go on with it."""
    taken: list[Row] = []
    for row in rows(page):
        if row.box[1] < below - 0.005 or row.box[3] > above + 0.005 or ":" in fold(row.text):
            if taken:
                break
            continue
        if taken and row.box[1] - taken[-1].box[3] > 1.2 * row.height:
            break
        if is_address(row.text) or (taken and not re.search(r"符合|体系|标准|iso|gb|conform|has been", fold(row.text))):
            taken.append(row)
        elif taken:
            break
    return joined_field(taken[:3], page.number) if taken else None


def issuer_line(page: Page, *, not_name: str | None, wanted: re.Pattern[str]) -> Field | None:
    """The organisation whose line shows ``wanted`` and is not the holder: nearest the foot first."""
    found = []
    for word in page.words:
        text = tidy(_STAMP_MARK.sub("", tidy(word.text)))
        if not is_organisation(text) or not wanted.search(fold(text)):
            continue
        if names(text, not_name):
            continue
        found.append((word, text))
    if not found:
        return None
    chinese = [item for item in found if not item[1].isascii()] or found
    word, text = max(chinese, key=lambda item: item[0].box[1])
    return field_of([Row((word,))], text, page.number)


def with_authority(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """``fields`` with the issuing authority that stands beside the date, or else only in the seal."""
    known = fields.get("issuing_authority")
    if known is not None and known.value is not None:
        return fields
    name = fields.get("holder_name")
    holder_text = str(name.value) if name is not None and name.value is not None else None
    seal = loose.authority_from_seal(document.pages, not_name=holder_text)
    found = told_by_both(_printed_authority(document.pages, holder_text), seal)
    return fields | {"issuing_authority": found} if found is not None else fields


def told_by_both(printed: Field | None, seal: Field | None) -> Field | None:
    """The authority as it is printed, or as the seal says it where that is another one.

    What the seal does not say may be another authority's name (主管部门, 举办单位), printed for another reason.
    """
    if seal is not None and printed is not None and edit_distance(fold(str(printed.value)), str(seal.value)) > 3:
        return seal
    return printed or seal


def _printed_authority(pages: Sequence[Page], holder_text: str | None) -> Field | None:
    for page in pages:
        found = []
        for word in page.words:
            text = tidy(_STAMP_MARK.sub("", tidy(word.text)))
            if word.box[1] < 0.45 or _AUTHORITY.fullmatch(fold(text)) is None or named_otherwise(page, word):
                continue
            if holder_text is None or fold(text) not in fold(holder_text):
                found.append((word, text))
        if found:
            word, text = max(found, key=lambda item: item[0].box[1])
            return field_of([Row((word,))], text, page.number)
    return None


_OTHER_OFFICE = re.compile(r"(?:主管|监督|监管|监制|举办|业务|备案|税务|所属).{0,8}$")


def named_otherwise(page: Page, word: Word) -> bool:
    """Whether an authority's name stands in its row for another reason: 主管部门：…, … 监制."""
    height = word.box[3] - word.box[1]
    level = [
        other for other in page.words if other is not word and abs(middle(other.box) - middle(word.box)) < 0.6 * height
    ]
    before = "".join(
        fold(other.text) for other in sorted(level, key=lambda other: other.box[0]) if other.box[0] < word.box[0]
    )
    after = next((fold(other.text) for other in level if 0 <= other.box[0] - word.box[2] < 2 * height), "")
    return _OTHER_OFFICE.search(before) is not None or re.match(r"监?制|统一", after) is not None


def with_issue_date(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """``fields`` with a period of pieces put together, and the date that stands alone low on a page as the issue."""
    fields = with_pieced_term(document, fields)
    if "issued_on" in fields:
        return fields
    taken = [(field.page, field.box) for name, field in fields.items() if name != "issuing_authority"]
    for page in document.pages:
        found = [
            item
            for item in loose.loose_dates(page, within=(0.0, 0.4, 1.0, 1.0))
            if not any(number == item.page and _touch(box, item.box) for number, box in taken)
        ]
        if found:
            return _with_term(fields | {"issued_on": loose.date_field(found[-1])})
    return fields


def _with_term(fields: dict[str, Field]) -> dict[str, Field]:
    """``fields`` with a printed duration (有效期三年) turned into the date it means, now that its start is known."""
    start, end = fields["issued_on"], fields.get("valid_to")
    if end is None or end.value is not None or "long_term" in fields or not isinstance(start.value, str):
        return fields
    return fields | {"valid_to": terms.derived_end(start, end)} if dates.months_of(end.raw) else fields


def _touch(a: Box, b: Box) -> bool:
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) - max(a[1], b[1]) > 0.3 * (b[3] - b[1])


def _centre(box: Box) -> float:
    return (box[0] + box[2]) / 2


def top_of(fields: dict[str, Field], wanted: Iterable[str], page: int) -> float:
    """The upper edge of the highest of these fields on a page; its foot where none stands there."""
    return min((fields[name].box[1] for name in wanted if name in fields and fields[name].page == page), default=1.0)


def number_on(document: DocumentPages, pattern: re.Pattern[str]) -> Field | None:
    """The first number of a known form printed anywhere, as :func:`compact` writes it."""
    for page in document.pages:
        for row in rows(page):
            match = pattern.search(compact(row.text))
            if match:
                return field_of([row], match.group(), page.number)
    return None


def printed_match(document: DocumentPages, pattern: re.Pattern[str]) -> Field | None:
    """The first print that shows ``pattern``, as it is printed."""
    for page in document.pages:
        for row in rows(page):
            match = pattern.search(tidy(row.text))
            if match:
                return field_of([row], match.group(), page.number)
    return None
