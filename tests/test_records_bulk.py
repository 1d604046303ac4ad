"""While many rows are made nothing looks for garbage among them, and not through what is left of them either."""

from __future__ import annotations

import gc

from qi_pipeline.records import bulk


def test_what_is_left_of_many_rows_counts_as_old() -> None:
    assert gc.isenabled()
    with bulk.uncollected():
        assert not gc.isenabled()
        kept = [[number] for number in range(50_000)]
        with bulk.uncollected():
            pass
        assert not gc.isenabled()  # whoever is outside still wants none
    assert gc.isenabled()
    young = {id(each) for each in gc.get_objects(generation=0)}
    assert not any(id(each) in young for each in kept)


def test_whoever_had_none_collected_before_has_none_afterwards() -> None:
    gc.disable()
    try:
        with bulk.uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
