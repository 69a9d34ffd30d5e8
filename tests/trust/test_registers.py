"""What registers say of an issuer at one moment: who vouches, who did, and what does not count and why."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from wallet.trust import NO_REGISTERS, Answer, Fact, Issuer, Register, Registers, Row, Why

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)
SCHOOL = "https://rives.exemple.fr/issuer"
KEY = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
FACTORY = "https://openbadgefactory.com/v1/client?key=P4XYZ&event=E1"
REGION = Register(key="operator", name="Région d’essai", kind="operator")
NETWORK = Register(key="reseau", name="Réseau d’essai", kind="network", rank=5)
LIST = Register(key="of", name="Liste des organismes de formation", kind="public-list", rank=1)


def issuer(id: str = SCHOOL, binding: str = "proven", **more: Any) -> Issuer:
    return Issuer(id=id, binding=binding, **{"name": "École des Rives", "kept_at": NOW, **more})


def row(register: Register = REGION, match: str = SCHOOL, **more: Any) -> Row:
    return Row(register=register, match=match, **{"name": "École des Rives", **more})


def answer(*rows: Row, of: Issuer | None = None, at: datetime = NOW, facts: tuple[Fact, ...] = ()) -> Answer:
    return Registers(edition=1, rows=rows, facts=facts).answer(of or issuer(), at)


def doubts(*rows: Row, of: Issuer | None = None, at: datetime = NOW, facts: tuple[Fact, ...] = ()) -> list[str]:
    """Why each row or fact does not count, as whoever runs the wallet reads it."""
    said = Registers(rows=rows, facts=facts).voices(of or issuer(), at)
    return [one.doubt for one in said if one.source != "badge"]


# Each row of the table of issue 19.


@pytest.mark.parametrize("register", [REGION, NETWORK])
def test_who_vouches_is_told_by_name_and_what_they_call_the_issuer(register: Register) -> None:
    told = answer(row(register, name="Les Rives", read_at="https://region.exemple.fr/1", until=NOW + DAY))

    assert told == Answer(
        standing="vouched",
        by=register.name,
        name="Les Rives",
        read_at="https://region.exemple.fr/1",
    )
    assert told.is_vouched


def test_a_register_may_tell_for_whom_it_speaks() -> None:
    assert answer(row(vouched_by="Conseil régional")).by == "Conseil régional"


def test_an_operator_without_a_name_vouches_all_the_same() -> None:
    nameless = Register(key="operator", name="", kind="operator")

    assert (answer(row(nameless)).standing, answer(row(nameless)).by) == ("vouched", "")


def test_an_issuer_on_a_public_list_is_listed_and_nobody_is_said_to_confirm_it() -> None:
    told = answer(row(LIST))

    assert (told.standing, told.by, told.is_vouched) == ("listed", LIST.name, True)


def test_whoever_vouches_speaks_before_a_list_and_the_lowest_rank_before_all() -> None:
    first = Register(key="a", name="Première", kind="network", rank=4)

    assert answer(row(LIST), row(NETWORK), row(first)).by == "Première"
    assert answer(row(first), row(NETWORK), row(LIST)).by == "Première"
    assert answer(row(LIST), row(NETWORK)).standing == "vouched"


@pytest.mark.parametrize(
    ("id", "binding", "standing", "host", "platform"),
    [
        (SCHOOL, "proven", "site", "rives.exemple.fr", ""),
        ("did:web:rives.exemple.fr:ecole", "proven", "site", "rives.exemple.fr", ""),
        (FACTORY, "proven", "platform", "openbadgefactory.com", "Open Badge Factory"),
        ("https://api.eu.badgr.io/public/issuers/1", "proven", "platform", "api.eu.badgr.io", "Canvas Credentials"),
        (KEY, "self-certified", "key", "", ""),
        (SCHOOL, "claimed", "nobody", "", ""),
        (SCHOOL, "mismatch", "nobody", "", ""),
        (SCHOOL, "unknown", "nobody", "", ""),
        (FACTORY, "claimed", "nobody", "", ""),
        # A host that strangers share confirms nobody.
        ("https://storage.googleapis.com/eve/issuer", "proven", "nobody", "", ""),
        ("did:web:storage.googleapis.com:eve", "proven", "nobody", "", ""),
        ("did:web:rives.exemple.fr%2Eevil.example", "proven", "nobody", "", ""),
        ("", "proven", "nobody", "", ""),
        ("urn:uuid:1", "proven", "nobody", "", ""),
    ],
)
def test_where_nobody_says_anything_it_is_told_what_the_badge_shows(
    id: str, binding: str, standing: str, host: str, platform: str
) -> None:
    told = NO_REGISTERS.answer(issuer(id, binding), NOW)

    assert (told.standing, told.host, told.platform) == (standing, host, platform)
    assert not told.is_vouched


# What is not proven of a badge is vouched for by nobody.


@pytest.mark.parametrize("binding", ["claimed", "mismatch", "unknown"])
@pytest.mark.parametrize("register", [REGION, NETWORK, LIST])
def test_a_forged_badge_gets_nothing_from_the_name_that_it_took(register: Register, binding: str) -> None:
    forged = issuer(binding=binding)

    assert answer(row(register), of=forged) == Answer()
    assert doubts(row(register), of=forged) == ["not-proven"]


@pytest.mark.parametrize("binding", ["claimed", "mismatch", "unknown"])
def test_nor_is_a_forger_told_to_be_struck_or_forgotten(binding: str) -> None:
    stale = Register(key="s", name="S", kind="network", stale_after=NOW - DAY)

    told = answer(row(until=NOW - DAY), row(stale), of=issuer(binding=binding))

    assert (told.struck_at, told.is_stale) == (None, False)


def test_a_registry_that_names_everybody_makes_no_forger_known() -> None:
    rows = [row(match=id) for id in (SCHOOL, KEY, FACTORY, "", "https://evil.example/issuer")]

    assert all(not answer(*rows, of=issuer(one.match, "mismatch")).is_vouched for one in rows)


@pytest.mark.parametrize(
    "id",
    [
        SCHOOL.replace("https:", "http:"),
        SCHOOL + "/",
        SCHOOL + "#",
        SCHOOL + "?",
        SCHOOL.upper(),
        SCHOOL.replace("rives", "Rives"),
        SCHOOL.replace(".fr", ".fr:443"),
        SCHOOL.replace("issuer", "%69ssuer"),
        SCHOOL.replace("https://", "https://x@"),
        f" {SCHOOL}",
        "https://rives.exemple.fr",
        "did:web:rives.exemple.fr:issuer",
    ],
)
def test_an_issuer_is_known_by_its_very_id(id: str) -> None:
    assert not answer(row(), of=issuer(id)).is_vouched
    assert answer(row(match=id), of=issuer(id)).is_vouched


# When a row counts.


def test_a_row_counts_until_its_last_moment_and_says_then_that_it_was() -> None:
    end = NOW + DAY

    assert answer(row(until=end), at=end - MOMENT).standing == "vouched"
    over = answer(row(until=end), at=end)
    assert (over.standing, over.struck_at) == ("site", end)
    assert doubts(row(until=end), at=end) == ["ended"]


def test_a_row_counts_from_its_first_moment() -> None:
    begin = NOW + DAY

    early = answer(row(since=begin), at=begin - MOMENT)
    assert (early.standing, early.struck_at) == ("site", None)
    assert doubts(row(since=begin), at=begin - MOMENT) == ["not-yet"]
    assert answer(row(since=begin), at=begin).standing == "vouched"


@pytest.mark.parametrize(
    ("kept_at", "standing"), [(NOW - DAY - MOMENT, "vouched"), (NOW - DAY, "site"), (NOW, "site"), (None, "site")]
)
def test_an_issuer_that_ended_vouches_for_what_was_kept_before_by_our_own_clock(
    kept_at: datetime | None, standing: str
) -> None:
    ended = row(retired_at=NOW - DAY, why="ended")

    told = answer(ended, of=issuer(kept_at=kept_at))

    assert told.standing == standing
    assert (told.struck_at == NOW - DAY) == (standing == "site")


def test_what_was_kept_before_an_issuer_ended_is_vouched_for_until_the_row_itself_ends() -> None:
    ended = row(retired_at=NOW - DAY, why="ended", until=NOW + DAY)
    before = issuer(kept_at=NOW - 2 * DAY)

    assert answer(ended, of=before, at=NOW + DAY - MOMENT).standing == "vouched"
    assert answer(ended, of=before, at=NOW + DAY).standing == "site"


@pytest.mark.parametrize("kept_at", [NOW - 900 * DAY, NOW - DAY, NOW, None])
def test_a_stop_strikes_all_whenever_it_was_kept(kept_at: datetime | None) -> None:
    stopped = row(retired_at=NOW, why="stop")

    told = answer(stopped, of=issuer(kept_at=kept_at))

    assert (told.standing, told.struck_at) == ("site", NOW)
    assert doubts(stopped, of=issuer(kept_at=kept_at)) == ["struck"]


def test_whom_the_operator_stopped_nobody_makes_green() -> None:
    """A network that vouches on, and a list with its site, would hide what the operator of this very wallet said."""
    stopped, other, listed = row(retired_at=NOW, why="stop"), row(NETWORK), row(LIST)
    site = Fact(register=LIST, name="École des Rives", host=issuer().host)

    told = answer(stopped, other, listed, facts=(site,))

    assert (told.standing, told.struck_at) == ("site", NOW)
    assert doubts(stopped, other) == ["struck", "stopped"]
    known = Registers(rows=[stopped, other])
    assert not known.vouches(issuer(), "normandie", {NETWORK.key}, NOW)
    assert answer(row(retired_at=NOW + DAY, why="stop"), other).standing == "vouched"


@pytest.mark.parametrize(
    "id", [SCHOOL + "/", SCHOOL + "2", "did:web:rives.exemple.fr", "https://www.rives.exemple.fr/issuer"]
)
def test_whom_the_operator_stopped_no_list_makes_green_under_another_id_of_their_site(id: str) -> None:
    """They choose their id, and the list knows nothing of them but their site."""
    stopped = row(retired_at=NOW, why="stop")
    elsewhere = row(match="https://autre.exemple.fr/issuer", retired_at=NOW, why="stop")
    site = (fact(),)

    assert answer(stopped, facts=site, of=issuer(id)).standing == "site"
    assert answer(stopped, facts=site, of=issuer(id)).facts == (), "nor for a mailbox there"
    assert doubts(stopped, facts=site, of=issuer(id)) == ["stopped"]
    assert answer(stopped, row(match=id), facts=site, of=issuer(id)).standing == "vouched", "whoever knows that very id"
    for other in (elsewhere, replace(stopped, retired_at=NOW + MOMENT), replace(stopped, why="ended")):
        assert answer(other, facts=site, of=issuer(id)).standing == "listed"
        assert doubts(other, facts=site, of=issuer(id)) == [""]


def test_a_stop_by_a_network_is_no_word_of_the_operator() -> None:
    assert answer(row(NETWORK, retired_at=NOW, why="stop"), row()).standing == "vouched"


def test_a_list_of_siae_makes_nobody_green_before_others_without_the_holders_choice() -> None:
    """It tells of a person's past (docs/decisions.md 33)."""
    siae = Register(key="siae", name="Liste des SIAE", kind="public-list", tells_siae=True)
    known = Registers(facts=(Fact(register=siae, name="Chantier d’essai", host=issuer().host),))

    assert known.answer(issuer(), NOW).by == "Liste des SIAE"
    hidden = known.answer(issuer(), NOW, with_siae=False)
    assert (hidden.standing, hidden.by, hidden.facts) == ("site", "", ())


def test_what_is_retired_later_counts_until_then() -> None:
    assert answer(row(retired_at=NOW + MOMENT, why="stop")).standing == "vouched"


def test_of_an_end_and_a_stop_the_earlier_one_is_told() -> None:
    assert answer(row(until=NOW - 3 * DAY, retired_at=NOW - DAY, why="stop")).struck_at == NOW - 3 * DAY


def test_a_register_of_which_nothing_was_heard_is_believed_no_longer() -> None:
    silent = Register(key="s", name="Silence", kind="network", stale_after=NOW)

    assert answer(row(silent), at=NOW - MOMENT).standing == "vouched"
    told = answer(row(silent), at=NOW)
    assert (told.standing, told.is_stale, told.struck_at) == ("site", True, None)
    assert doubts(row(silent)) == ["stale"]


def test_where_another_vouches_no_word_is_said_of_who_fell_silent_or_ended() -> None:
    silent = Register(key="s", name="Silence", kind="network", stale_after=NOW)

    told = answer(row(silent), row(NETWORK, until=NOW), row())

    assert (told.standing, told.by, told.is_stale, told.struck_at) == ("vouched", REGION.name, False, None)


def test_whoever_is_on_a_list_is_not_said_to_be_on_the_list_no_longer() -> None:
    """The recruiter of whom Inès has a badge read « est sur une liste officielle », and « n’est plus sur la liste » below it."""
    silent = Register(key="s", name="Silence", kind="network", stale_after=NOW)

    for over in (row(NETWORK, until=NOW), row(NETWORK, retired_at=NOW, why="ended"), row(silent)):
        told = answer(over, facts=(fact(),))
        assert (told.standing, told.struck_at, told.is_stale) == ("listed", None, False)


def test_a_row_that_names_keys_speaks_for_these_alone() -> None:
    pinned = row(keys=frozenset({"thumb"}))

    assert answer(pinned, of=issuer(key="thumb")).standing == "vouched"
    for other in ("", "thum", "other"):
        assert answer(pinned, of=issuer(key=other)).standing == "site"
        assert doubts(pinned, of=issuer(key=other)) == ["other-key"]


def test_a_key_can_be_vouched_for_too() -> None:
    assert answer(row(match=KEY), of=issuer(KEY, "self-certified")).standing == "vouched"


# Until when a page is right.


def test_each_beginning_and_each_end_is_a_moment_at_which_pages_change() -> None:
    silent = Register(key="s", name="Silence", kind="network", stale_after=NOW + 4 * DAY)
    registers = Registers(
        rows=[
            row(since=NOW + DAY, until=NOW + 2 * DAY),
            row(match=KEY, retired_at=NOW + 3 * DAY, why="ended"),
            row(silent),
            row(until=NOW - DAY),
        ]
    )

    found, at = [], NOW
    while next_one := registers.ends_after(at):
        found.append((next_one - NOW).days)
        at = next_one

    assert found == [1, 2, 3, 4]
    assert NO_REGISTERS.ends_after(NOW) is None


# What public lists say of an organisation.


def fact(**more: Any) -> Fact:
    return Fact(register=LIST, **{"name": "Les Rives", "host": "rives.exemple.fr", **more})


@pytest.mark.parametrize("host", ["rives.exemple.fr", "www.rives.exemple.fr"])
def test_a_list_that_has_its_site_lists_it(host: str) -> None:
    told = answer(facts=(fact(host=host, nda="28760123476", read_on=date(2026, 11, 1)),))

    assert (told.standing, told.by, told.is_vouched, told.name) == ("listed", LIST.name, True, fact().name)
    (one,) = told.facts
    assert (one.list, one.name, one.nda, one.read_on) == (LIST.name, "Les Rives", "28760123476", date(2026, 11, 1))


@pytest.mark.parametrize(
    ("id", "binding"),
    [
        (SCHOOL, "claimed"),
        (SCHOOL, "mismatch"),
        (SCHOOL, "unknown"),
        (KEY, "self-certified"),
        ("https://autre.rives.exemple.fr/issuer", "proven"),
        ("https://xrives.exemple.fr/issuer", "proven"),
        ("https://rives.exemple.fr.evil.example/issuer", "proven"),
        ("https://exemple.fr/issuer", "proven"),
    ],
)
def test_a_list_is_linked_by_a_site_that_was_proven_and_by_no_other(id: str, binding: str) -> None:
    told = answer(facts=(fact(),), of=issuer(id, binding))

    assert (told.is_vouched, told.facts) == (False, ())


@pytest.mark.parametrize("host", ["openbadgefactory.com", "eu.openbadgefactory.com", "api.badgr.io", "www.credly.com"])
def test_the_site_of_a_platform_lists_nobody_who_keeps_badges_there(host: str) -> None:
    told = answer(facts=(fact(host=host),), of=issuer(f"https://{host}/v1/client?key=P4"))

    assert (told.standing, told.facts) == ("platform", ())


def test_whoever_is_on_a_list_by_their_site_is_called_as_the_list_calls_them_whatever_name_they_take() -> None:
    """Someone whose enterprise is on a list writes « Région Normandie » on their badges."""
    region = row(match="https://normandie.exemple.fr/issuer", name="Région Normandie")

    told = answer(region, facts=(fact(),), of=issuer(name="Région Normandie"))

    assert (told.standing, told.name) == ("listed", fact().name)
    assert (told.alike, told.alike_id) == (region.name, region.match)


@pytest.mark.parametrize("more", [{"until": NOW}, {"keys": frozenset({"thumb"})}, {"retired_at": NOW, "why": "stop"}])
@pytest.mark.parametrize("binding", ["proven", "claimed"])
def test_no_award_of_a_platform_is_said_to_look_like_its_own_issuer(more: dict[str, Any], binding: str) -> None:
    """What its id has of one award alone is no other address, also where its row counts no longer, or not for that key."""
    tenant = row(match=FACTORY.removesuffix("&event=E1"), ignoring=frozenset({"event"}), **more)
    other = row(match="https://autre.exemple.fr/issuer", name="Autre école")

    told = answer(tenant, other, of=issuer(FACTORY, binding))
    assert (told.is_vouched, told.alike, told.alike_id) == (False, "", "")
    of_another = issuer(FACTORY.replace("P4XYZ", "Q"), binding, name="Autre école")
    assert answer(tenant, other, of=of_another).alike_id == other.match


@pytest.mark.parametrize(("why", "alike"), [("ended", ""), ("stop", "École des Rives")])
def test_who_ended_under_one_id_and_goes_on_under_another_is_not_said_to_look_like_themselves(
    why: Why, alike: str
) -> None:
    """The operator called the old one so: of whom they stopped they do no longer."""
    old, new = row(retired_at=NOW, why=why), row(match="did:web:rives.exemple.fr")

    assert answer(old, new).alike == alike
    assert answer(old, new, of=issuer(name="Région Normandie")).alike == ""
    assert answer(old, new, of=issuer("https://evil.example/issuer")).alike_id == new.match


def test_a_number_that_a_register_tells_brings_what_lists_say_and_does_not_list_it() -> None:
    by_number = fact(host="", siret="12345678901234", marks=("Qualiopi",))

    said = row(match=FACTORY, siret="12345678901234")
    told = answer(said, facts=(by_number,), of=issuer(FACTORY))
    assert (told.standing, told.by, [one.marks for one in told.facts]) == ("vouched", REGION.name, [("Qualiopi",)])
    for other in (replace(said, siret="12345678901235"), replace(said, siret=""), replace(said, until=NOW)):
        assert answer(other, facts=(by_number,), of=issuer(FACTORY)).facts == ()


def test_a_site_that_several_organisations_name_is_nobodys_also_where_each_stands_in_a_list_of_its_own() -> None:
    """As within one list, when that is kept (registers/facts.py)."""
    other_list = replace(LIST, key="siae-50", name="Autre liste")
    mine, same = fact(siret="73282932000074"), replace(fact(siret="73282932000082"), register=other_list)
    of_another = replace(fact(siret="35600000000048", host="www.rives.exemple.fr"), register=other_list)

    assert answer(facts=(mine, same)).standing == "listed", "two establishments of one"
    assert (answer(facts=(mine, of_another)).standing, answer(facts=(mine, of_another)).facts) == ("site", ())


def test_a_fact_that_is_found_twice_is_told_once() -> None:
    both = fact(siret="12345678901234")

    assert len(answer(row(siret="12345678901234"), facts=(both,)).facts) == 1


# All that is said of an issuer.


def test_all_voices_are_told_with_why_they_do_not_count_those_that_do_first() -> None:
    registers = Registers(
        rows=[row(until=NOW), row(NETWORK, name="Rives", read_at="https://reseau.exemple/1", until=NOW + DAY)],
        facts=[fact()],
    )

    told = registers.voices(issuer(), NOW)

    assert [(one.standing, one.source, one.by, one.name, one.until, one.doubt) for one in told] == [
        ("vouched", "https://reseau.exemple/1", NETWORK.name, "Rives", NOW + DAY, ""),
        ("listed", "of", LIST.name, "Les Rives", None, ""),
        ("vouched", "operator", REGION.name, "École des Rives", NOW, "ended"),
        ("site", "badge", "rives.exemple.fr", "", None, ""),
    ]


@pytest.mark.parametrize(
    ("id", "binding", "standing", "by"),
    [
        (FACTORY, "proven", "platform", "Open Badge Factory"),
        (KEY, "self-certified", "key", ""),
        (SCHOOL, "proven", "site", "rives.exemple.fr"),
        (SCHOOL, "mismatch", "nobody", ""),
        (FACTORY, "claimed", "nobody", ""),
    ],
)
def test_the_badge_itself_speaks_last_and_says_no_more_than_it_shows(
    id: str, binding: str, standing: str, by: str
) -> None:
    (one,) = NO_REGISTERS.voices(issuer(id, binding), NOW)

    assert (one.standing, one.source, one.by) == (standing, "badge", by)


def test_the_voices_and_the_answer_never_disagree() -> None:
    silent = Register(key="s", name="Silence", kind="network", stale_after=NOW)
    every = [
        row(),
        row(NETWORK),
        row(LIST),
        row(silent),
        row(until=NOW),
        row(since=NOW + DAY),
        row(retired_at=NOW, why="stop"),
        row(retired_at=NOW, why="ended"),
        row(keys=frozenset({"thumb"})),
    ]
    for one in every:
        for binding in ("proven", "self-certified", "claimed", "mismatch", "unknown"):
            for kept_at in (None, NOW - DAY, NOW):
                asked = issuer(binding=binding, kept_at=kept_at)
                counted = [voice for voice in Registers(rows=[one]).voices(asked, NOW) if not voice.doubt]
                assert answer(one, of=asked).is_vouched == any(
                    voice.standing in ("vouched", "listed") for voice in counted
                ), (one, asked)


# For which frameworks.


def counts(
    *rows: Row, of: Issuer | None = None, at: datetime = NOW, registers: tuple[str, ...] = ("operator",)
) -> bool:
    """Whether the badges of the issuer count in the framework of Normandy."""
    return Registers(rows=rows).vouches(of or issuer(), "normandie", registers, at)


def test_a_row_counts_in_the_frameworks_that_it_names_and_in_all_where_it_names_none() -> None:
    assert counts(row())
    assert counts(row(scope=frozenset({"bretagne", "normandie"})))
    assert not counts(row(scope=frozenset({"bretagne"})))
    assert counts(row(match="did:web:autre.exemple.fr"), row(scope=frozenset({"normandie"})))
    assert not counts()


def test_only_the_registers_that_a_framework_names_count_there_and_no_public_list_does() -> None:
    a_list = Register(key="list", name="Liste", kind="public-list")

    assert counts(row(NETWORK), registers=(NETWORK.key,))
    assert not counts(row(NETWORK))
    assert not counts(row(a_list), registers=("list",))


@pytest.mark.parametrize("binding", ["claimed", "mismatch", "unknown"])
def test_nothing_counts_of_an_issuer_that_is_only_claimed(binding: str) -> None:
    assert not counts(row(), of=issuer(binding=binding))


@pytest.mark.parametrize(
    ("more", "at", "expected"),
    [
        ({"until": NOW + DAY}, NOW, True),
        ({"until": NOW + DAY}, NOW + DAY, False),
        ({"since": NOW + DAY}, NOW, False),
        ({"retired_at": NOW, "why": "stop"}, NOW, False),
        ({"retired_at": NOW, "why": "ended"}, NOW, False),
        ({"retired_at": NOW + DAY, "why": "ended"}, NOW + 2 * DAY, True),
        ({"retired_at": NOW + DAY, "why": "stop"}, NOW + 2 * DAY, False),
        ({"keys": frozenset({"other"})}, NOW, False),
        ({"keys": frozenset({"other", "its"})}, NOW, True),
        ({"register": Register(key="operator", name="R", kind="operator", stale_after=NOW)}, NOW, False),
    ],
)
def test_a_row_counts_in_a_framework_while_it_counts_at_all(more: dict[str, Any], at: datetime, expected: bool) -> None:
    assert counts(row(**more), of=issuer(key="its"), at=at) is expected


# Who is asked for a badge


def test_nobody_is_asked_whom_a_register_names_that_is_too_old_to_count() -> None:
    def asked(stale_after: datetime) -> list[Row]:
        old = Register(key="operator", name="R", kind="operator", stale_after=stale_after)
        one = row(old, asks_at="https://greta.exemple.fr/demander")
        return Registers(rows=[one]).whom_to_ask("normandie", NOW)

    assert [len(asked(at)) for at in (NOW, NOW + DAY)] == [0, 1]


def test_one_whose_row_names_no_key_is_also_asked_as_whoever_signs_by_a_key_that_no_register_names() -> None:
    one, other = row(), row(NETWORK, keys=frozenset({"theirs"}))

    assert {of.key for of in Registers(rows=[one, other]).issuers_of(one)} == {"", "theirs"}
    assert {of.key for of in Registers(rows=[one, other]).issuers_of(other)} == {"theirs"}
