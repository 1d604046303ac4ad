"""入驻机构承诺书: the commitment letter of Annex A, with nine promises and ten categories of information.

Every institution signs, seals and dates it (clause 5.1 c). Its wording is binding (a normative annex), so it is
compared with the adopted text character by character; what the letter asks for at its foot is a signature of the
legal representative, the institution's seal and a date. Another platform's letter is of this kind too: its promises
are not those of Annex A. Other letters of commitment (保密承诺书, 质量承诺书) are not.
"""

from __future__ import annotations

import re

from qi_pipeline.extraction import letter_date, letter_signature, readers
from qi_pipeline.extraction.fields import DocumentPages, Extractor, FieldSpec
from qi_pipeline.extraction.folding import fold
from qi_pipeline.extraction.letter_fields import categories_field, promises_field
from qi_pipeline.extraction.letter_judgement import judge, share_of_page
from qi_pipeline.model import Field, Page

FIELDS = (FieldSpec(name="holder_uscc", labels=("统一社会信用代码", "社会信用代码", "信用代码"), read=readers.uscc),)

_SIGNED_AT = re.compile(r"法定代表人\(?签[字名]")
_SEALED_AT = re.compile(r"入驻机构\(?(?:公章|盖章)")
_DATED_AT = re.compile(r"[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日")
_FOOT_ONLY = 160
"""Characters on a page that holds the foot of a letter and nothing else."""
_CONTEXT = re.compile(r"线上平台|一站式|质量基础设施|入驻")


def score(page: Page) -> float:
    """Evidence besides the title: the adopted wording, a foot alone on its page, promises to a platform."""
    share = share_of_page(page)
    if share >= 0.12:
        return min(0.9, 0.55 + share)
    text = fold("".join(word.text for word in page.words))
    asked = _SIGNED_AT.search(text) or _DATED_AT.search(text)  # a signature over its label leaves the date to tell it
    if len(text) <= _FOOT_ONLY and asked and _SEALED_AT.search(text):
        return 0.6
    promises = len(re.findall(r"承诺", text))
    if "承诺书" in text[:80] and promises >= 3 and _CONTEXT.search(text):
        return 0.3
    return 0.0


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """Promises, categories, signature, date and typed names."""
    judgement = judge(document.pages)
    end = judgement.end_of_wording()
    below = (end.page, end.word.box[3]) if end is not None else (document.pages[0].number, 0.0)
    made = {
        "promises": promises_field(document.pages, judgement),
        "information_categories": categories_field(document.pages, judgement),
        "signature_present": letter_signature.signature(document, document.signatures, below),
        "signed_on": letter_date.signed_on(document.pages, below),
        "holder_name": letter_signature.holder(document.pages),
        "legal_representative": letter_signature.typed_name(document.pages),
    }
    return fields | {name: field for name, field in made.items() if field is not None}


EXTRACTOR = Extractor(
    kind="commitment_letter",
    titles=("入驻机构承诺书", "机构入驻承诺书", "入驻单位承诺书", "入驻承诺书"),
    fields=FIELDS,
    score=score,
    finish=finish,
    version="1",
)
