"""When a service is qualified and when an institution has to go, on the days that matter."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from qi_pipeline.residency.coverage import Listing, Service, deregistered_on, deregisters_on, lapsed_on, qualified

EVER = date.min
END = date(2026, 3, 31)
GRACE = 30


def service(*listings: Listing, number: int = 1) -> Service:
    return Service(number, f"service {number}", tuple(listings), None)


def until(end: date, recorded_on: date = EVER, valid_from: date = EVER) -> Listing:
    return Listing(valid_from, end, recorded_on)


@pytest.mark.parametrize(("day", "holds"), [(END, True), (END + timedelta(days=1), False)])
def test_certificate_is_valid_on_its_last_day_and_expired_the_day_after(day: date, holds: bool) -> None:
    assert qualified(service(until(END)), day) is holds


def test_renewal_that_begins_later_leaves_a_gap() -> None:
    gap = service(until(END), until(date(2030, 1, 1), valid_from=date(2026, 5, 1)))
    assert not qualified(gap, date(2026, 4, 30))
    assert qualified(gap, date(2026, 5, 1))
    assert lapsed_on(gap, date(2026, 4, 15)) == date(2026, 4, 1)


@pytest.mark.parametrize(("as_of", "expected"), [(date(2026, 4, 30), None), (date(2026, 5, 1), date(2026, 5, 1))])
def test_institution_goes_when_the_grace_after_the_last_lapse_is_over(as_of: date, expected: date | None) -> None:
    # END + 1 + 30 days
    assert deregistered_on([service(until(END))], GRACE, date(2026, 4, 15), as_of) == expected


def test_grace_counts_from_the_last_service_to_lapse() -> None:
    two = [service(until(END)), service(until(END + timedelta(days=5)), number=2)]
    assert deregisters_on(two, GRACE) == END + timedelta(days=5 + 1 + GRACE)


def test_nobody_goes_who_has_a_service_that_needs_no_certificate_or_a_long_term_one() -> None:
    assert deregisters_on([service(until(END)), service(number=2)], GRACE) is None
    assert deregisters_on([service(until(END)), service(until(date.max), number=2)], GRACE) is None
    assert deregisters_on([], GRACE) is None


def test_renewal_on_file_that_begins_later_keeps_the_institution() -> None:
    kept = [service(until(END), until(date(2032, 1, 1), valid_from=date(2026, 8, 1)))]
    assert deregistered_on(kept, GRACE, date(2026, 4, 1), date(2026, 7, 1)) is None


def test_missed_nights_deregister_on_the_night_that_was_missed() -> None:
    assert deregistered_on([service(until(END))], GRACE, date(2026, 4, 1), date(2026, 9, 1)) == date(2026, 5, 1)


def test_renewal_recorded_after_the_night_that_was_missed_comes_too_late() -> None:
    late = [service(until(END), until(date(2032, 1, 1), recorded_on=date(2026, 5, 2)))]
    assert deregistered_on(late, GRACE, date(2026, 4, 1), date(2026, 9, 1)) == date(2026, 5, 1)


def test_renewal_recorded_on_the_day_of_that_night_comes_in_time() -> None:
    just = [service(until(END), until(date(2032, 1, 1), recorded_on=date(2026, 5, 1)))]
    assert deregistered_on(just, GRACE, date(2026, 4, 1), date(2026, 9, 1)) is None


def test_what_a_clock_ahead_recorded_counts_on_the_as_of_date() -> None:
    ahead = [service(until(END), until(date(2032, 1, 1), recorded_on=date(2027, 1, 1)))]
    assert deregistered_on(ahead, GRACE, date(2026, 4, 30), date(2026, 5, 1)) is None


def test_first_night_of_all_makes_its_order_on_its_own_day() -> None:
    assert deregistered_on([service(until(date(2020, 1, 1)))], GRACE, None, date(2026, 11, 22)) == date(2026, 11, 22)


def test_what_a_clock_ahead_recorded_is_on_file_for_the_missed_nights_too() -> None:
    ahead = [service(until(END), until(date(2032, 1, 1), recorded_on=date(2027, 1, 1)))]
    assert deregistered_on(ahead, GRACE, date(2026, 4, 1), date(2026, 9, 1)) is None


def test_order_bears_the_day_on_which_the_ended_certificate_came_on_file() -> None:
    late = [service(until(date(2020, 1, 1), recorded_on=date(2026, 5, 10)))]
    assert deregistered_on(late, GRACE, date(2026, 5, 1), date(2026, 5, 20)) == date(2026, 5, 10)


@pytest.mark.parametrize(("updated", "expected"), [(date(2026, 5, 1), None), (date(2026, 5, 2), date(2026, 5, 1))])
def test_certificate_prolonged_under_its_own_number_counts_from_the_day_of_the_update(
    updated: date, expected: date | None
) -> None:
    now = until(date(2032, 1, 1), recorded_on=updated)
    before = Listing(EVER, END, EVER, updated)
    one = Service(1, "service 1", (now,), None, (before,))
    assert deregistered_on([one], GRACE, date(2026, 4, 1), date(2026, 9, 1)) == expected


@pytest.mark.parametrize(
    ("came", "expected"), [(date(2026, 5, 1), date(2026, 5, 11)), (date(2026, 5, 2), date(2026, 5, 1))]
)
def test_what_came_in_time_and_was_shortened_later_counts_for_the_missed_nights_between(
    came: date, expected: date
) -> None:
    shortened = date(2026, 5, 10)
    now = service(until(END), until(date(2026, 4, 10), recorded_on=shortened))
    before = (Listing(EVER, date(2027, 1, 1), came, shortened),)
    assert deregistered_on([now._replace(former=before)], GRACE, date(2026, 4, 1), date(2026, 6, 1)) == expected
