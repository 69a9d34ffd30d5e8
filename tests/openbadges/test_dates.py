"""When a badge begins and ends, whatever way its issuer writes a moment."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.quantity import rows
from wallet.openbadges import dates

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@rows(
    ("written", "moment"),
    [
        ("2016-12-31T23:59:59Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2016-12-31T23:59:59+00:00", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2017-01-01T01:59:59.123+02:00", datetime(2016, 12, 31, 23, 59, 59, 123000, tzinfo=UTC)),
        ("2017-10-01T00:00Z", datetime(2017, 10, 1, tzinfo=UTC)),
        ("2016-12-31t23:59:59z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2013-11-05", datetime(2013, 11, 5, tzinfo=UTC)),
        # A day of another zone was read as an hour of ours: an end that had passed was still to come.
        ("2013-11-05Z", datetime(2013, 11, 5, tzinfo=UTC)),
        ("2013-11-05+14:00", datetime(2013, 11, 4, 10, tzinfo=UTC)),
        ("2013-11-05+02", datetime(2013, 11, 4, 22, tzinfo=UTC)),
        ("2013-11-05-02:30", datetime(2013, 11, 5, 2, 30, tzinfo=UTC)),
        (" 2013-11-05T08:00:00 ", datetime(2013, 11, 5, 8, tzinfo=UTC)),
        ("2020-05-22T00:00:00.000+00:00", datetime(2020, 5, 22, tzinfo=UTC)),
        (1359217910, datetime(2013, 1, 26, 16, 31, 50, tzinfo=UTC)),
        (1359217910.5, datetime(2013, 1, 26, 16, 31, 50, 500000, tzinfo=UTC)),
        ("1359217910", datetime(2013, 1, 26, 16, 31, 50, tzinfo=UTC)),
        ({"@value": "2013-11-05", "@type": "xsd:date"}, datetime(2013, 11, 5, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("9999-12-31T23:59:59-01:00", datetime.max.replace(tzinfo=UTC)),
        # XML Schema allows both, and the standard refers to it: a genuine badge was refused.
        ("2026-12-31T24:00:00Z", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2026-01-02T24:00:00.000+02:00", datetime(2026, 1, 2, 22, tzinfo=UTC)),
        ("2026-01-02T24:00", datetime(2026, 1, 3, tzinfo=UTC)),
        ("9999-12-31T24:00:00Z", datetime.max.replace(tzinfo=UTC)),
        ("2026-12-31T24:00:00+0000", datetime(2027, 1, 1, tzinfo=UTC)),
        ("20261231T240000Z", datetime(2027, 1, 1, tzinfo=UTC)),
        # A leap second: a badge that was issued in one was refused as one whose date nobody can read.
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2016-12-31t23:59:60.75z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2017-01-01T00:59:60+01:00", datetime(2017, 1, 1, tzinfo=UTC)),
        ("20150630T235960", datetime(2015, 7, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:60Z", datetime.max.replace(tzinfo=UTC)),
        ("10000-01-01T00:00:00Z", datetime.max.replace(tzinfo=UTC)),
        ("99999-02-28T24:00:00Z", datetime.max.replace(tzinfo=UTC)),
        ("2020-01-01T00:00:00+14:00", datetime(2019, 12, 31, 10, tzinfo=UTC)),
        # ISO 8601, which 1.1 and 2.0 name, counts the days of a year, too: Maria's badge was refused for it.
        ("2023-005", datetime(2023, 1, 5, tzinfo=UTC)),
        ("2023005T090000Z", datetime(2023, 1, 5, 9, tzinfo=UTC)),
        ("2024-366T24:00:00+01:00", datetime(2024, 12, 31, 23, tzinfo=UTC)),
        ("2023-005+02:00", datetime(2023, 1, 4, 22, tzinfo=UTC)),
        (2023005, datetime(2023, 1, 5, tzinfo=UTC)),
        # And writes parts of hours and minutes: a badge ended half an hour before its time.
        ("2023-01-05T09.5Z", datetime(2023, 1, 5, 9, 30, tzinfo=UTC)),
        ("2023-01-05T09,25+01:00", datetime(2023, 1, 5, 8, 15, tzinfo=UTC)),
        ("2023-01-05T09:30.5Z", datetime(2023, 1, 5, 9, 30, 30, tzinfo=UTC)),
        ("20230105T0930,5", datetime(2023, 1, 5, 9, 30, 30, tzinfo=UTC)),
        ("2023-01-05T09:30:15,5Z", datetime(2023, 1, 5, 9, 30, 15, 500000, tzinfo=UTC)),
        ("9999-12-31T23:59.9-01:00", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_every_usual_way_of_writing_a_moment_is_read(written: object, moment: datetime) -> None:
    assert dates.moment(written) == moment


@rows(
    "written",
    [
        "2020-01-01T00:00:00+99:99",
        "0000-00-00",
        "2021-02-30",
        "2021-366",
        "2021-000",
        "0000-001",
        "2021-02-20T25.5Z",
        "2021-02-20+99:99",
        "2021-02-30T24:00:00Z",
        "2021-02-20T24:00:01Z",
        "2021-02-20T24:01Z",
        "2021-02-20T25:00Z",
        "2021-02-20T24:00:00+99:99",
        "2021-02-20T23:59:60Z",
        "2016-12-31T22:59:60Z",
        "2016-12-31T23:59:60+01:00",
        "2016-12-31T23:59:61Z",
        "2016-12-31T23:60:60Z",
        "12021-02-30T00:00:00Z",
        "12021-13-01T00:00:00Z",
        "02021-01-01T00:00:00Z",
        "12021-01-01Tomorrow",
        "2020-01-01T00:00:00+14:01",
        "2020-01-01T00:00:00-23:00",
        "0001-01-01T00:00:00+10:00",
        10**12,
        -(10**300),
        1e300,
        float("nan"),
        float("inf"),
        True,
        "soon",
        "",
        ["2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"],
        {"@value": []},
        {"@value": True},
        "P1Y",
    ],
)
def test_what_is_no_moment_is_unknown_and_never_an_end_that_is_far_away(written: object) -> None:
    assert dates.moment(written) is None
    assert dates.begun(written, NOW, "").outcome == "unknown"
    assert dates.not_ended(written, NOW, "").outcome == "unknown"


@pytest.mark.parametrize("written", [None, []])
def test_null_and_an_empty_list_say_nothing(written: object) -> None:
    """Platforms write `"validUntil": null` where there is no end; linked data signs nothing of it."""
    assert dates.moment(written) is None
    assert dates.begun(written, NOW, "").reason == "no-beginning-given"
    assert dates.not_ended(written, NOW, "").reason == "no-end-given"


def test_a_list_of_one_moment_is_that_moment() -> None:
    assert dates.moment(["2030-01-01"]) == dates.moment("2030-01-01") is not None


@pytest.mark.parametrize(
    ("since", "outcome", "reason"),
    [
        (None, "passed", "no-beginning-given"),
        (NOW - timedelta(days=1), "passed", ""),
        (NOW + timedelta(minutes=5), "passed", ""),
        (NOW + timedelta(minutes=6), "failed", "not-yet"),
    ],
)
def test_a_badge_begins_when_its_issuer_says_give_or_take_two_clocks(
    since: datetime | None, outcome: str, reason: str
) -> None:
    check = dates.begun(since and since.isoformat(), NOW, "the standard")

    assert (check.name, check.outcome, check.reason, check.source) == ("begun", outcome, reason, "the standard")


@pytest.mark.parametrize(
    ("until", "outcome", "reason"),
    [
        (None, "passed", "no-end-given"),
        (NOW + timedelta(days=1), "passed", ""),
        (NOW - timedelta(minutes=4), "passed", ""),
        (NOW - timedelta(minutes=5), "failed", "ended"),
    ],
)
def test_a_badge_ends_when_its_issuer_says_give_or_take_two_clocks(
    until: datetime | None, outcome: str, reason: str
) -> None:
    check = dates.not_ended(until and until.isoformat(), NOW, "the standard")

    assert (check.name, check.outcome, check.reason, check.source) == ("not_ended", outcome, reason, "the standard")


@given(st.one_of(st.text(max_size=40), st.integers(), st.floats(), st.datetimes().map(str), st.none(), st.booleans()))
@pytest.mark.breadth
def test_nothing_written_as_a_date_breaks_anything(written: object) -> None:
    found = dates.moment(written)

    assert found is None or found.utcoffset() == timedelta(0)
