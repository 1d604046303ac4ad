"""What people read calls each field by one name, in messages, reports and tables alike."""

from __future__ import annotations

import re

from qi_pipeline.admission import wording
from qi_pipeline.extraction.documents import extractors
from qi_pipeline.reports import life_words, nightly_words, phrases


def test_every_field_that_is_read_has_a_name_in_both_languages() -> None:
    read = {field.name for extractor in extractors() for field in extractor.fields}
    assert len(read) > 15
    assert read - phrases.FIELDS.keys() == set()
    for zh, en in wording.FIELDS.values():
        assert re.search("[\u4e00-\u9fff]", zh)
        assert en.isascii()


def test_messages_reports_and_tables_call_a_field_the_same() -> None:
    for field, label in phrases.FIELDS.items():
        said = wording.field_names(field)
        assert (label["zh"], label["en"].lower()) == (said["field_zh"], str(said["field_en"]).lower())
    for field in ("valid_from", "valid_to", "address", "legal_representative"):
        assert life_words.HEADINGS[field][0] == phrases.FIELDS[field]["zh"]
    assert nightly_words.COLUMNS["valid_to"] == phrases.FIELDS["valid_to"]
