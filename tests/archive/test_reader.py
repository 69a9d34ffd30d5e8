"""wallet.json of an archive: read row by row, and what does not fit is left out and counted, never believed."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.fixtures.archived import FOUND, MADE, Archive
from tests.fixtures.moments import a_moment
from tests.fixtures.visits import AWARDED, NOW
from wallet import shares
from wallet.archive import history_reader, reader
from wallet.archive.reader import WalletJson
from wallet.archive.zip_reader import ArchiveRefused
from wallet.openbadges import texts

WAS = {"name": "Communiquer", "level": "", "issuer_name": "École", "issued_on": AWARDED.isoformat()}
OPENED = {"day": NOW.date().isoformat(), "kind": "phone", "times": 2}


def told(archive: Archive) -> WalletJson:
    return reader.read_wallet_json(json.dumps(archive.told).encode(), NOW)


def refusal(content: bytes) -> str:
    with pytest.raises(ArchiveRefused) as problem:
        reader.read_wallet_json(content, NOW)
    return problem.value.reason


def test_a_sound_one_is_read_whole() -> None:
    archive = Archive(addresses=[{"written": "maria@exemple.fr", "added_at": AWARDED.isoformat(), "verified_at": None}])
    archive.told["events"] = [{"what": "key-made", "at": AWARDED.isoformat(), "kind": "iphone", "is_history": False}]

    found = told(archive.add(b"1").add(b"2", "b.png", link="https://exemple.fr/b").shows(1, None, 0))

    assert (found.name, found.language, found.made_at, found.left_out) == ("Maria", "fr", MADE, 0)
    assert [(one.file, one.document, one.link) for one in found.badges if one] == [
        ("badges/001-badge.json", "badges/001-badge.json", ""),
        ("badges/002-b.png", "badges/002-b.png", "https://exemple.fr/b"),
    ]
    assert [one.places for one in found.shares] == [(1, None, 0)]
    assert [(one.what, one.at, one.kind) for one in found.events] == [("key-made", AWARDED, "iphone")]
    assert [one.written for one in found.addresses] == ["maria@exemple.fr"]


def test_what_a_share_was_for_what_it_showed_and_how_often_it_was_opened_is_read() -> None:
    day_before = (AWARDED - timedelta(days=1)).date().isoformat()  # by a clock that was late
    openings = [OPENED, OPENED | {"times": 5}, OPENED | {"times": 3}, OPENED | {"kind": "computer"}]
    openings.append(OPENED | {"day": day_before})

    [new, old] = told(
        Archive().add(b"1").shows(0, None, purpose="CV", told=[WAS | {"more": 1}], openings=openings).shows(0)
    ).shares

    assert (new.purpose, new.told) == ("CV", (WAS, None)), "one for each badge, be it told or not"
    assert [(str(one.day), one.kind, one.times) for one in new.openings] == [
        (OPENED["day"], "phone", 5),
        (OPENED["day"], "computer", 2),
        (day_before, "phone", 2),
    ], "of a day that is told twice, the most"
    assert (old.purpose, old.told, old.openings) == ("", (None,), ()), "an archive from before"


def test_a_page_that_was_opened_every_day_for_years_tells_all_of_them() -> None:
    days = [
        {"day": (NOW - timedelta(days=number)).date().isoformat(), "kind": kind, "times": 1}
        for number in range(1_000)
        for kind in ("computer", "phone")
    ]
    begun = (NOW - timedelta(days=1_000)).isoformat()

    [page] = told(Archive().add(b"1").shows(0, is_page=True, created_at=begun, openings=days)).shares

    assert len(page.openings) == 2_000


@pytest.mark.breadth
def test_a_million_openings_are_no_more_than_anybody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [OPENED | {"times": number} for number in range(1, 12_000)]

    [share] = told(Archive().add(b"1").shows(0, openings=many)).shares
    assert [one.times for one in share.openings] == [reader.OPENINGS]

    none = json.dumps(Archive().add(b"1").shows(0, openings=[]).told).encode()
    assert refusal(none.replace(b'"openings": []', b'"openings": [' + b"0," * 4_000_000 + b"0]")) == "bomb"

    monkeypatch.setattr(reader, "OPENED", 3)
    archive = Archive().add(b"1")
    for _ in range(4):
        archive.shows(0, openings=[OPENED, OPENED | {"kind": "computer"}])
    found = told(archive)
    assert (len(found.shares), found.left_out) == (1, 3)


def test_spaces_and_lines_between_are_nothing() -> None:
    content = json.dumps(Archive().add(b"1").add(b"2").told, indent=2)

    assert len(reader.read_wallet_json(f"\n {content}\n".encode(), NOW).badges) == 2


def test_neither_are_the_mark_and_the_line_ends_of_an_editor_on_windows() -> None:
    content = json.dumps(Archive().add(b"1").add(b"2").told, indent=2).replace("\n", "\r\n")

    assert len(reader.read_wallet_json(content.encode("utf-8-sig"), NOW).badges) == 2


@pytest.mark.parametrize(
    ("word", "content"),
    [
        ("damaged", b""),
        ("damaged", b"\xff\xfe"),
        ("damaged", b"[]"),
        ("damaged", b'{"format": "mes-badges"'),
        ("damaged", b'{"format": "mes-badges", "version": 1} behind'),
        ("damaged", b'{"version": 1, "version": 1}'),
        ("damaged", b'{"holder": {"name": "a", "name": "b"}}'),
        ("damaged", b'{"badges": [{}, {"a": 1, "a": 2}]}'),
        ("damaged", b'{"badges": [1 2]}'),
        ("damaged", b'{"badges": [1,]}'),
        ("damaged", b'{"version": NaN}'),
        ("damaged", b'{"version": 1' + b"0" * 5000 + b"}"),
        ("damaged", b'{"holder": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        ("damaged", b'{"badges": [' + b"[" * 40 + b"]" * 40 + b"]}"),
        ("bomb", b"[" + b"[]," * 2_000_000),
        ("not-ours", b"{}"),
        ("not-ours", b'{"format": "another", "version": 1}'),
        ("not-ours", b'{"format": "mes-badges"}'),
        ("not-ours", b'{"format": "mes-badges", "version": true}'),
        ("not-ours", b'{"format": "mes-badges", "version": "2"}'),
        ("not-ours", b'{"format": "mes-badges", "version": 0}'),
        ("newer", b'{"format": "mes-badges", "version": 2}'),
        ("newer", b'{"format": "mes-badges", "version": 2, "badges": {"by": "another shape"}, "shares": 3}'),
    ],
    ids=[str(number) for number in range(23)],
)
def test_what_is_no_list_of_ours_is_told_in_a_word(word: str, content: bytes) -> None:
    assert refusal(content) == word


EDITION = {
    "shown_from": AWARDED.isoformat(),
    "shown_until": AWARDED.isoformat(),
    "name": "Sonia",
    "word": "Bonjour.",
    "shows_marks": True,
    "shows_siae": False,
    "hides_name": False,
    "badges": [0],
    "told": [WAS],
    "exhibits": [],
}
"""What a share showed before."""
EXHIBIT = {"place": 0, "situation": "work", "sentence": "Voilà.", "said": [["facts", "Un colis."]], "attachments": []}
EXHIBIT |= {"name_of_place": ""}
"""A moment that it showed beside its first badge."""


def test_what_a_share_showed_before_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_EDITIONS", 1)
    first = EDITION | {"word": "Bonsoir."}
    [share] = told(Archive().add(b"1").shows(0, editions=[first, EDITION])).shares

    [before] = share.editions  # the latest, of more than there may be
    assert (before.shown_from, before.word, before.told) == (AWARDED, "Bonjour.", (WAS,))
    assert before.endorsements == (), "older archives do not tell"


def test_the_moments_that_a_share_showed_are_read_at_their_badges() -> None:
    [share] = told(Archive().add(b"1").shows(0, exhibits=[EXHIBIT])).shares

    assert [(place, told["said"]) for place, told in share.exhibits] == [(0, [["facts", "Un colis."]])]


SAID = {
    "origin": "file",
    "subject": f"urn:x:{'x' * (texts.ADDRESS - 6)}",
    "setting": "",
    "means": "none",
    **dict.fromkeys(("digest", "name", "role", "organisation", "siret", "relation", "sentence"), ""),
    **dict.fromkeys(("media_type", "mail_domain"), ""),
    "given_at": AWARDED.isoformat(),
    "document": "a.json",
    **dict.fromkeys(("told", "afest", "seconds", "accepted_at", "ends_at", "withdrawn_at", "removed_at")),
    **dict.fromkeys(("moment", "badge", "recording")),
}
"""A word of somebody else."""
SENT = {
    "purpose": "",
    "choice": "meet",
    "text": "Mardi ?",
    "sender": "Yann",
    "reply_to": "",
    "sent_at": MADE.isoformat(),
    **dict.fromkeys(("shared_at", "read_at", "removed_at")),
}
"""A message that came."""


@pytest.mark.parametrize(
    "alone",
    [
        {"holder": {"sought": "vendeuse"}},
        {"holder": {"photo": "YQ=="}},
        {"addresses": [{"written": "maria@exemple.fr", "added_at": AWARDED.isoformat()}]},
        {"events": [{"what": "key-made", "at": AWARDED.isoformat(), "kind": ""}]},
        {"messages": [SENT]},
        {"endorsements": [SAID]},
        {"evidence": [a_moment()]},
        {"shares": Archive().shows().told["shares"]},
    ],
    ids=["what is looked for", "photo", "address", "event", "message", "word", "moment", "share"],
)
def test_whoever_has_but_one_thing_has_no_empty_archive(alone: dict[str, Any]) -> None:
    assert not told(Archive(**alone)).is_empty


def test_as_long_a_name_and_as_long_an_id_as_a_badge_has_are_read() -> None:
    shown = {"endorsement": None, "place": 0, "mark": "m" * 43, "told": {"name": "x" * texts.NAME, "given_at": ""}}

    many = shares.MOST_SHOWN_ENDORSEMENTS
    found = told(Archive(endorsements=[SAID]).add(b"1").shows(0, endorsements=[shown] * many))

    assert (len(found.said), len(found.shares), found.left_out) == (1, 1, 0)
    assert len(found.shares[0].endorsements) == many


@pytest.mark.parametrize(
    "wrong",
    [
        {"file": 7},
        {"file": "x" * 301},
        {"link": None},
        {"link": "x" * 2001},
        {"file_name": ["a"]},
        {"file_name": "a\0b"},
        {"document": "\ud800"},
    ],
    ids=str,
)
def test_a_badge_that_cannot_be_read_keeps_its_place_for_the_shares(wrong: dict[str, Any]) -> None:
    found = told(Archive().add(b"1", **wrong).add(b"2").shows(0, 1))

    assert [one and one.file for one in found.badges] == [None, "badges/002-badge.json"]
    assert found.left_out == 1


def test_a_badge_without_its_file_is_not_forgotten() -> None:
    archive = Archive().add(b"1", file=None, document=None).add(b"2", file=None)

    one, other = told(archive).badges

    assert one
    assert other
    assert (one.file, one.document) == ("", "")
    assert other.file == other.document != "", "of a file that was lost nothing is missed where its document is there"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "x" * 61},
        {"word": "x" * 501},
        {"word": 7},
        {"created_at": "yesterday"},
        {"created_at": "2026-11-24T10:12:00"},
        {"created_at": "0001-01-01T00:00:00+14:00"},
        {"created_at": (NOW + timedelta(days=9)).isoformat()},
        {"ends_at": None},
        {"stopped_at": 3},
        {"badges": ["0"]},
        {"badges": [True]},
        {"badges": None},
        {"badges": {"0": 1}},
        {"purpose": "x" * 61},
        {"purpose": None},
        {"purpose": "a\0b"},
        {"told": "Communiquer"},
        {"told": {"0": None}},
        {"told": ["Communiquer"]},
        {"told": [{"name": "Communiquer"}]},
        {"told": [WAS | {"name": "x" * 301}]},
        {"told": [WAS | {"issuer_name": "\ud800"}]},
        {"told": [WAS | {"issued_on": "1er mai"}]},
        {"told": [WAS | {"issued_on": 10**400}]},
        {"openings": 7},
        {"openings": {"day": "2026-11-01"}},
        {"openings": ["2026-11-01"]},
        {"openings": [OPENED | {"times": 0}]},
        {"openings": [OPENED | {"times": -1}]},
        {"openings": [OPENED | {"times": 10**6 + 1}]},
        {"openings": [OPENED | {"times": 10**400}]},
        {"openings": [OPENED | {"times": True}]},
        {"openings": [OPENED | {"times": 1.5}]},
        {"openings": [OPENED | {"times": "1"}]},
        {"openings": [OPENED | {"kind": "toaster"}]},
        {"openings": [OPENED | {"kind": ["phone"]}]},
        {"openings": [OPENED | {"day": "2026-02-30"}]},
        {"openings": [OPENED | {"day": "9999-12-31"}]},
        {"openings": [OPENED | {"day": "0001-01-01"}]},
        {"openings": [OPENED | {"day": (AWARDED - timedelta(days=2)).date().isoformat()}]},
        {"openings": [OPENED | {"day": (NOW + timedelta(days=2)).date().isoformat()}]},
        {"openings": [OPENED | {"day": 20261101}]},
        {"editions": 7},
        {"editions": [{}]},
        {"editions": [EDITION | {"shown_until": (NOW + timedelta(days=2)).isoformat()}]},
        {"editions": [EDITION | {"told": ["Communiquer"]}]},
        {"editions": [EDITION | {"exhibits": [7]}]},
        {"exhibits": [EXHIBIT | {"place": 1}]},
        {"exhibits": [EXHIBIT | {"said": [["situation", "work"]]}]},
        {"changed_at": "hier"},
    ],
    ids=lambda wrong: f"{str(wrong)[:40]} {str(wrong)[-40:]}",
)
def test_a_share_that_cannot_be_read_is_left_out(wrong: dict[str, Any]) -> None:
    found = told(Archive().add(b"1").shows(0, **wrong).shows(0, word="Bonsoir."))

    assert [one.word for one in found.shares] == ["Bonsoir."]
    assert found.left_out == 1


@pytest.mark.parametrize(
    ("member", "row"),
    [
        ("events", {"what": "erased-all", "at": AWARDED.isoformat()}),
        ("events", {"what": ["key-made"], "at": AWARDED.isoformat()}),
        ("events", {"what": "key-made", "at": AWARDED.isoformat(), "kind": "toaster"}),
        ("events", {"what": "key-made", "at": (NOW + timedelta(days=2)).isoformat()}),
        ("events", "key-made"),
        ("events", None),
        ("addresses", {"written": "nobody", "added_at": AWARDED.isoformat()}),
        ("addresses", {"written": "a b@exemple.fr", "added_at": AWARDED.isoformat()}),
        ("addresses", {"written": "a\n@exemple.fr", "added_at": AWARDED.isoformat()}),
        ("addresses", {"written": "a@" + "b" * 253, "added_at": AWARDED.isoformat()}),
        ("addresses", {"written": "a@exemple.fr"}),
    ],
    ids=str,
)
def test_a_row_that_cannot_be_read_is_left_out(member: str, row: Any) -> None:
    found = told(Archive(**{member: [row]}).add(b"1"))

    assert (found.events, found.addresses, found.left_out) == ([], [], 1)


@pytest.mark.parametrize("member", ["badges", "shares", "addresses", "events"])
@pytest.mark.parametrize("shape", [{}, "x", 7])
def test_what_is_no_list_is_no_row(member: str, shape: Any) -> None:
    assert told(Archive(**{member: shape})).is_empty


@pytest.mark.parametrize("holder", [None, [], {"name": 7, "language": "de"}, {"name": "x" * 61, "language": []}])
def test_a_holder_that_cannot_be_read_is_nobody(holder: Any) -> None:
    found = told(Archive(holder=holder))

    assert (found.name, found.language) == ("", "")


@pytest.mark.parametrize(("photo", "lost"), [(None, 0), ("YQ==", 0), ("a photo", 1), (7, 1), ("YQ==" * 10_001, 1)])
def test_a_photo_that_cannot_be_read_is_left_out(photo: Any, lost: int) -> None:
    assert told(Archive(holder={"name": "Maria", "photo": photo})).left_out == lost


@pytest.mark.breadth
def test_a_page_of_many_badges_that_was_changed_often_is_read_and_what_was_shown_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    often = [EDITION | {"told": [WAS] * 200}] * 100

    assert len(told(Archive().add(b"1").shows(0, editions=often).shows(0)).shares) == 2

    monkeypatch.setattr(reader, "SHOWN_BEFORE", 100)
    assert len(told(Archive().add(b"1").shows(0).shows(0, editions=often)).shares) == 1


def test_a_wallet_of_thousands_of_badges_that_showed_them_all_more_than_four_times_has_each_time_back() -> None:
    archive = Archive().add(b"1")
    for _ in range(5):
        archive.shows(*[0] * 5_000)

    found = told(archive)

    assert (len(found.shares), found.left_out) == (5, 0)


@pytest.mark.breadth
def test_badges_are_as_many_as_they_are_and_none_unfolds_to_more_than_all_else_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """5,000 of a wallet that came back once: what is found of each now, and what was found then."""
    monkeypatch.setattr(reader, "SIGNS", 40_000)
    many = Archive()
    for _ in range(200):
        many.add(b"1", "badge.json", None, read=[0] * 200)
    content = json.dumps(many.told).encode()
    assert sum(map(content.count, (b",", b":", b"[", b"{"))) > 40_000

    assert len(told(many).badges) == 200

    many.told |= {"one": [0] * 12_000, "two": [0] * 12_000}
    assert len(told(many).badges) == 200
    many.told |= {"three": [0] * 12_000}
    assert refusal(json.dumps(many.told).encode()) == "bomb", "it stays beside the others"
    del many.told["two"], many.told["three"]
    many.told["badges"][7]["read"] = [0] * 40_000
    assert refusal(json.dumps(many.told).encode()) == "bomb"


def test_of_badges_or_names_without_end_nobody_reads_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "SIGNS", 1_000)
    assert refusal(b'{"badges": [' + b'"%s",' % (b"x" * 100) * 1_100 + b"0]}") == "bomb"
    assert refusal(b"{" + b"".join(b'"%0200d": 0,' % one for one in range(1_100)) + b'"z": 0}') == "bomb"


def test_no_more_is_read_than_anybody_may_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wallet.badges.MOST_BADGES", 2)
    monkeypatch.setattr(reader, "SHOWN", 3)
    archive = Archive()
    for number in range(4):
        archive.add(str(number).encode()).shows(0, 1)

    found = told(archive)

    assert [bool(one) for one in found.badges] == [True, True, False, False]
    assert len(found.shares) == 1
    assert found.left_out == 2 + 3


def test_what_was_found_of_a_badge_is_fit_to_be_kept() -> None:
    check = {"name": "intact", "outcome": "passed", "reason": ""}
    answer = {"address": "https://exemple.fr", "status": 200, "at": MADE.isoformat(), "file": "a" * 64}
    bad = {"a\0": "b\0", "c": "\ud800d", "e": "endless", "f": 2**80, "g": [None, True, 1.5], "is_history": 7}
    bad |= {"checks": [check, 7, {"name": "intact", "outcome": "perfect"}, {"outcome": "passed"}]}
    bad |= {"seen": [answer, 7, answer | {"file": "../../etc"}, answer | {"at": "once"}, answer | {"status": True}]}
    archive = Archive().add(b"1", good=bad, match=[], examination=None, state="A word; of its own")
    content = json.dumps(archive.told).replace('"endless"', "1e400").encode()
    found = reader.read_wallet_json(content, NOW)
    [one] = found.badges

    assert one
    good = {"a": "b", "c": "d", "e": None, "f": None, "g": [None, True, 1.5], "checks": [check], "seen": [answer]}
    assert found.history(one) == {
        "good": good,
        "good_at": MADE.isoformat(),
        "checked_at": MADE.isoformat(),
        "made_at": MADE.isoformat(),
        "origin": "https://autre.exemple.fr",
    }


@pytest.mark.parametrize(
    "wrong", [7, [], {}, {"checks": 7}, {"checks": [], "seen": 7}, {"checks": [], "seen": {"a": 1}}]
)
def test_what_is_no_examination_is_not_remembered(wrong: Any) -> None:
    found = told(Archive().add(b"1", good=wrong, examination=wrong, match=wrong))
    [one] = found.badges

    assert one
    assert found.history(one) == {}


def test_a_match_is_an_address_and_a_moment() -> None:
    match = {"address": "maria@exemple.fr", "at": MADE.isoformat()}
    found = told(Archive().add(b"1", good=None, examination=None, match=match | {"is_history": True, "more": "x"}))
    [one] = found.badges

    assert one
    assert found.history(one)["match"] == match


def test_what_was_found_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_reader, "FOUND", 200)
    found = told(Archive().add(b"1", good=FOUND, examination=FOUND | {"long": "x" * 200}))
    [one] = found.badges

    assert one
    assert found.history(one).keys() == {"good", "good_at", "checked_at", "state", "made_at", "origin"}


def test_an_archive_is_not_made_in_the_future() -> None:
    assert told(Archive(made_at=(NOW + timedelta(days=400)).isoformat())).made_at == NOW
