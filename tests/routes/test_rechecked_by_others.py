"""« Vérifier encore » on a share: the issuers are asked again, by nobody's leave but within bounds, and failure is no verdict."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from itertools import count
from threading import Event
from typing import Any

import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request

from tests.fixtures.made_once import made_once
from tests.fixtures.visits import AWARDED, NOW, Clock, IssuersWeb, Person, Stranger, holder, signed, words
from tests.openbadges.support import guild
from wallet.accounts import emails
from wallet.accounts.emails import EmailAddress
from wallet.badges import ownership
from wallet.badges.models import KeptBadge
from wallet.cli import samples
from wallet.concurrency import pools
from wallet.network.bounded_fetch import OWN_LIMIT
from wallet.openbadges import Fetched, Unreachable
from wallet.operations.all_tables import metadata
from wallet.shares import lifecycle, owner_view
from wallet.shares.models import Share
from wallet.storage.files import Unavailable
from wallet.web import rechecks

FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin"}
LATER = "La nouvelle vérification doit attendre un peu."
SAMPLE = samples.samples()[0]
ADDRESS = samples.make_assertion(SAMPLE, AWARDED)["id"]


class Web(IssuersWeb):
    """The issuers' web, and what happens when an address of it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.happens: dict[str, Callable[[], object]] = {}

    def __call__(self, address: str) -> Fetched:
        self.happens.get(address, lambda: None)()
        return super().__call__(address)


@pytest.fixture
def web() -> Web:
    return Web()


def hosted(web: Web, host: str = "") -> bytes:
    """A badge of Open Badges 2.0 that its issuer's web confirms, of an issuer of its own at *host*."""
    parts = [samples.make_assertion(SAMPLE, AWARDED), samples.make_class(SAMPLE), samples.profile()]
    ours = ADDRESS.split("/")[2]
    written = [json.dumps(one).replace(ours, host or ours) for one in parts]
    for one in written:
        web[json.loads(one)["id"]] = one.encode()
    return written[0].encode()


def address_at(host: str) -> str:
    return str(ADDRESS.replace(ADDRESS.split("/")[2], host))


@pytest.fixture
@made_once
def maria(app: Starlette, web: Web) -> Person:
    """Maria, whose badge is good."""
    return holder(app, ("badge.json", hosted(web)))


@pytest.fixture
@made_once
def link(maria: Person, clock: Clock, web: Web) -> str:
    """Her share, a day later."""
    link = maria.link_of(maria.shows(*maria.has()))
    clock.move(days=1)
    web.asked.clear()
    return link


def press(recruiter: Person, link: str, key: str = "") -> Any:
    return recruiter.post(f"{link}/verifications{f'?pass={key}' if key else ''}", headers=FROM_THE_PAGE)


def kept(app: Starlette) -> list[KeptBadge]:
    with app.state.services.database.reading() as session:
        return list(session.query(KeptBadge).order_by(KeptBadge.id))


def rows(app: Starlette) -> dict[str, list[str]]:
    """All rows of all tables but those of the badges."""
    with app.state.services.database.reading() as session:
        return {
            table: [repr(row) for row in session.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608  # ours
            for table in metadata.tables
            if table != "badges"
        }


@pytest.mark.breadth
def test_a_badge_that_was_withdrawn_since_is_told_so(recruiter: Stranger, link: str, web: Web):
    web[ADDRESS] = 410
    before = recruiter.reads(link)
    assert web.asked == [], "looking asks nobody"

    answer = press(recruiter, link)

    assert (answer.status_code, answer.headers["location"]) == (303, link)
    after = recruiter.reads(link)
    assert "Badge retiré par l’organisme" in after
    assert "Badge retiré par l’organisme" not in before
    assert "25 novembre 2026 à 11 h 12" in after


@pytest.mark.breadth
def test_what_no_answer_can_change_is_not_asked_for_again(
    recruiter: Stranger, maria: Person, app: Starlette, web: Web, clock: Clock
):
    """Nobody signed it: a recruiter who presses « Vérifier encore » waits for nobody."""
    unsigned = json.loads(signed())
    del unsigned["proof"]
    maria.brings(("badge.json", json.dumps(unsigned).encode()))
    link = maria.link_of(maria.shows(*maria.has()))
    clock.move(days=1)

    press(recruiter, link)

    hosted_one, unsigned_one = kept(app)
    assert (hosted_one.checked_at, unsigned_one.checked_at) == (NOW + timedelta(days=1), NOW)
    assert maria.post(f"/badges/{unsigned_one.id}/verifications").headers["location"].endswith("?done=checked")


def test_nothing_is_kept_of_who_asked(recruiter: Stranger, link: str, app: Starlette):
    before = rows(app)

    answer = press(recruiter, link)

    assert rows(app) == before
    assert "set-cookie" not in answer.headers
    assert kept(app)[0].checked_at == NOW + timedelta(days=1)
    assert kept(app)[0].due_at < NOW + timedelta(days=3), "what is shown is checked again soon"


def test_an_issuer_that_does_not_answer_makes_nothing_green_and_takes_no_date_away(
    recruiter: Stranger, link: str, web: Web, clock: Clock
):
    answers = dict(web)
    web.clear()

    press(recruiter, link)

    page = recruiter.page(link)
    assert 'class="proof ask' in page
    assert 'class="proof ok' not in page
    assert 'class="proof ask' in recruiter.page(f"{link}/badges/0")
    assert "Vérifié le 24 novembre 2026." in words(page)
    web.update(answers)
    clock.move(minutes=10)
    press(recruiter, link)
    assert "ne répond plus" not in recruiter.reads(link)


@pytest.mark.breadth
def test_what_a_network_that_fails_in_its_own_way_leaves_is_unknown(
    recruiter: Stranger, link: str, web: Web, app: Starlette
):
    for answer in (500, b"<html>", b"", (200, "text/html", b"\0" * 9)):
        web[ADDRESS] = answer
        app.state.services.clock.move(minutes=2)

        assert press(recruiter, link).status_code == 303

        assert kept(app)[0].state in {"unknown", "invalid"}, answer
        assert kept(app)[0].good_at == NOW


@pytest.mark.breadth
def test_a_badge_stays_named_to_its_holder(recruiter: Stranger, link: str, app: Starlette):
    with app.state.services.database.writing() as session:
        session.get_one(KeptBadge, 1).match = {"address": samples.RECIPIENT, "at": NOW.isoformat()}

    press(recruiter, link)

    named = next(one for one in kept(app)[0].examination["checks"] if one["name"] == "named_to_me")
    assert named["outcome"] == "passed"
    assert samples.RECIPIENT not in recruiter.page(link)


def test_a_file_that_is_lost_is_told_as_it_is_told_to_its_holder(recruiter: Stranger, link: str, app: Starlette):
    app.state.services.files.remove(kept(app)[0].document)

    press(recruiter, link)

    assert "Ce badge n’est pas vérifiable ici" in recruiter.reads(link)


@pytest.mark.breadth
def test_one_silent_issuer_keeps_no_other_waiting(app: Starlette, recruiter: Stranger, web: Web, clock: Clock):
    """The first one gives up only when all the others were asked."""
    hosts = [f"issuer-{number}.example" for number in range(5)]
    maria = holder(app, *((f"{host}.json", hosted(web, host)) for host in hosts))
    link = maria.link_of(maria.shows(*maria.has()))
    clock.move(days=1)
    asked = {host: Event() for host in hosts}
    silent, *others = hosts
    for host in others:
        web.happens[address_at(host)] = asked[host].set
    waited: list[bool] = []
    web.happens[address_at(silent)] = lambda: waited.extend(asked[host].wait(60) for host in others)
    del web[address_at(silent)]

    press(recruiter, link)

    assert waited[:4] == [True] * 4
    assert sorted(one.state for one in kept(app)) == ["unknown", *["valid"] * 4]


def test_badges_of_one_issuer_are_asked_for_one_after_the_other_and_not_for_ever(
    recruiter: Stranger, app: Starlette, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    """The fourth one waits for another press."""
    maria = holder(app, *((f"{number}.json", signed()) for number in range(4)))
    link = maria.link_of(maria.shows(*maria.has()))
    clock.move(days=1)
    ticks = count(0, 4)
    monkeypatch.setattr(rechecks, "monotonic", lambda: next(ticks))

    press(recruiter, link)

    assert sum(one.checked_at == clock.now for one in kept(app)) == 2
    assert {one.state for one in kept(app)} == {"valid"}


@pytest.mark.breadth
def test_of_many_badges_those_are_looked_at_that_were_looked_at_longest_ago(
    recruiter: Stranger, app: Starlette, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rechecks, "LASTS", 120)  # seconds: a slow machine looks at all twelve, too
    maria = holder(app, *((f"{number}.json", signed()) for number in range(14)))
    link = maria.link_of(maria.shows(*maria.has()))
    with app.state.services.database.writing() as session:
        for one in session.query(KeptBadge):
            one.checked_at = NOW + timedelta(minutes=one.id)
    clock.move(days=1)

    press(recruiter, link)

    assert [one.id for one in kept(app) if one.checked_at < clock.now] == [13, 14]


def test_what_was_looked_at_this_very_minute_is_not_asked_for_again(
    recruiter: Stranger, link: str, web: Web, clock: Clock
):
    press(recruiter, link)
    asked = len(web.asked)

    press(recruiter, link)

    assert len(web.asked) == asked > 0
    clock.move(minutes=1)
    press(recruiter, link)
    assert len(web.asked) > asked


def somebody(address: str) -> Request:
    return Request({"type": "http", "headers": [], "client": (address, 40_000)})


def too_often_for_the_share(app: Starlette) -> None:
    for number in range(6):
        assert app.state.services.rate_limits.allow("recheck", somebody(f"192.0.{number}.1"), (1,))


def too_often_for_their_network(app: Starlette) -> None:
    for number in range(60):
        assert app.state.services.rate_limits.allow("recheck", somebody("198.51.100.9"), (100 + number,))


def too_often_for_us_all(app: Starlette) -> None:
    for number in range(600):
        asker = somebody("198.51.100.9" if number < 6 else f"10.{number // 250}.{number % 250}.1")
        assert app.state.services.rate_limits.allow("recheck", asker, (100 + number,))


@pytest.mark.parametrize("often", [too_often_for_the_share, too_often_for_their_network, too_often_for_us_all])
def test_asked_too_often_it_asks_nobody_and_the_page_says_when_it_was_last_looked_at(
    recruiter: Stranger, link: str, app: Starlette, web: Web, often: Callable[[Starlette], None]
):
    often(app)

    answer = press(recruiter, link)
    assert answer.status_code == 429
    assert LATER in words(answer.text)
    assert "24 novembre 2026 à 11 h 12" in words(answer.text)
    assert web.asked == []
    assert LATER not in recruiter.reads(link)


@pytest.mark.breadth
def test_one_share_that_is_pressed_too_often_keeps_no_other_of_hers_from_being_looked_at(
    maria: Person, recruiter: Stranger, link: str, app: Starlette
):
    other = maria.link_of(maria.shows(*maria.has(), word="Bonsoir."))
    too_often_for_the_share(app)

    assert [press(recruiter, one).status_code for one in (link, other)] == [429, 303]


@pytest.fixture
def all_turns() -> Iterator[None]:
    with ExitStack() as taken:
        for _ in range(4):
            taken.enter_context(rechecks.TURNS)
        yield


@pytest.mark.usefixtures("all_turns")
def test_while_others_are_waited_for_it_is_put_off(recruiter: Stranger, link: str, web: Web):
    answer = press(recruiter, link)

    assert (answer.status_code, LATER in words(answer.text)) == (429, True)
    assert "Essayez encore dans une minute." in words(answer.text)
    assert web.asked == []


@pytest.mark.breadth
def test_what_was_put_off_because_of_others_counts_for_nothing(recruiter: Stranger, link: str, web: Web):
    with ExitStack() as taken:
        for _ in range(4):
            taken.enter_context(rechecks.TURNS)
        for _ in range(9):
            assert press(recruiter, link).status_code == 429

    assert press(recruiter, link).status_code == 303
    assert web.asked != []


def asked_too_often(address: str = ADDRESS) -> object:
    raise Unreachable(address, OWN_LIMIT)


def test_where_we_asked_the_issuer_too_often_the_recruiter_is_told_and_the_last_check_stays(
    recruiter: Stranger, link: str, app: Starlette, web: Web
):
    web.happens[ADDRESS] = asked_too_often

    answer = press(recruiter, link)

    assert (answer.status_code, LATER in words(answer.text)) == (429, True)
    assert "Essayez encore dans une heure." in words(answer.text)
    assert [(one.checked_at, one.state) for one in kept(app)] == [(NOW, "valid")]


def test_while_the_shelf_does_not_answer_the_recruiter_is_told_that_nothing_was_looked_at(
    recruiter: Stranger, link: str, app: Starlette, monkeypatch: pytest.MonkeyPatch
):
    def silent(*_: object) -> bytes:
        raise Unavailable

    monkeypatch.setattr(type(app.state.services.files), "read", silent)

    answer = press(recruiter, link)

    assert (answer.status_code, LATER in words(answer.text)) == (429, True)
    assert "Essayez encore dans une minute." in words(answer.text)


@pytest.mark.breadth
def test_a_badge_that_has_ended_meanwhile_is_told_so_though_we_asked_for_its_list_too_often(
    recruiter: Stranger, app: Starlette, web: Web, clock: Clock
):
    web[guild.LIST] = json.dumps(guild.signed(guild.status_list())).encode()
    ends = guild.badge(validUntil=f"{NOW + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}", credentialStatus=guild.status())
    sonia = holder(app, ("badge.json", json.dumps(guild.signed(ends)).encode()))
    link = sonia.link_of(sonia.shows(*sonia.has()))
    clock.move(days=1)
    web.happens[guild.LIST] = partial(asked_too_often, guild.LIST)

    assert press(recruiter, link).status_code == 303
    assert [(one.state, one.checked_at) for one in kept(app)] == [("expired", clock.now)]


def test_where_another_issuer_answers_the_page_is_shown_as_it_is_now(
    maria: Person, recruiter: Stranger, app: Starlette, clock: Clock, web: Web
):
    maria.brings(("other.json", hosted(web, "other.example")))
    link = maria.link_of(maria.shows(*maria.has()))
    clock.move(days=1)
    web.happens[ADDRESS] = asked_too_often

    assert press(recruiter, link).status_code == 303
    assert [one.checked_at for one in kept(app)] == [NOW, clock.now]


@pytest.mark.parametrize("fails", ["read", "keep"])
@pytest.mark.breadth
def test_one_badge_whose_files_are_not_to_be_had_leaves_the_others_to_be_looked_at(
    maria: Person,
    recruiter: Stranger,
    app: Starlette,
    clock: Clock,
    web: Web,
    monkeypatch: pytest.MonkeyPatch,
    fails: str,
):
    maria.brings(("other.json", hosted(web, "other.example")))
    link, files = maria.link_of(maria.shows(*maria.has())), app.state.services.files
    clock.move(days=1)
    real, first = getattr(files, fails), kept(app)[0]

    def silent(what: Any) -> Any:
        hers = {first.document} if fails == "read" else {one["file"] for one in first.examination["seen"]}
        if (what if isinstance(what, str) else sha256(what).hexdigest()) in hers:
            raise Unavailable
        return real(what)

    monkeypatch.setattr(type(files), fails, lambda _, what: silent(what))

    assert press(recruiter, link).status_code == 303

    assert [one.checked_at for one in kept(app)] == [NOW, clock.now]
    assert kept(app)[0].state == "valid"


@pytest.mark.breadth
def test_an_address_that_is_verified_while_the_issuer_is_asked_counts(
    recruiter: Stranger, link: str, app: Starlette, web: Web
):
    def meanwhile() -> None:
        with app.state.services.database.writing() as session:
            if not emails.list_addresses(session, 1):
                mine = EmailAddress(holder_id=1, written="other@exemple.fr", plain="other@exemple.fr")
                mine.added_at = mine.verified_at = NOW
                session.add(mine)
                session.flush()
                ownership.match_badges(session, 1, NOW)

    web.happens[ADDRESS] = meanwhile
    assert press(recruiter, link).status_code == 303

    checks = kept(app)[0].examination["checks"]
    assert [one["outcome"] for one in checks if one["name"] == "named_to_me"] == ["failed"]


def test_its_turn_is_given_back_whatever_happens(recruiter: Stranger, link: str, app: Starlette, web: Web):
    """A badge is removed, and a share stopped, while the issuer is asked."""

    def meanwhile() -> None:
        with app.state.services.database.writing() as session:
            session.get_one(KeptBadge, 1).removed_at = NOW
            lifecycle.stop_share(session, 1, 1, NOW)

    web.happens[ADDRESS] = meanwhile

    assert press(recruiter, link).status_code == 303

    assert recruiter.get(link).status_code == 404
    assert kept(app)[0].checked_at == NOW
    with ExitStack() as taken:
        assert [taken.enter_context(rechecks.TURNS) for _ in range(4)] == [True] * 4


def test_a_badge_that_is_removed_meanwhile_leaves_the_next_one_of_its_issuer_to_be_looked_at(
    maria: Person, recruiter: Stranger, app: Starlette, web: Web, clock: Clock
):
    second = f"{ADDRESS}-2"
    web[second] = hosted(web).replace(ADDRESS.encode(), second.encode())
    maria.brings(("second.json", web[second]))
    link = maria.link_of(maria.shows(*maria.has()))
    clock.move(days=1)

    first_asked: list[int] = []

    def removes(id: int) -> None:
        if not first_asked:
            first_asked.append(id)
            with app.state.services.database.writing() as session:
                session.get_one(KeptBadge, id).removed_at = NOW

    web.happens |= {ADDRESS: partial(removes, 1), second: partial(removes, 2)}
    press(recruiter, link)

    assert [one.id for one in kept(app) if one.checked_at == NOW] == first_asked
    assert len(first_asked) == 1


@pytest.mark.breadth
def test_a_share_that_is_over_asks_nobody(maria: Person, recruiter: Stranger, link: str, web: Web, clock: Clock):
    maria.post("/shares/1/stopping")
    ended = maria.link_of(maria.shows(*maria.has()))
    clock.move(days=7)
    web.asked.clear()

    answers = [press(recruiter, one) for one in (link, ended, f"/s/{'0' * 26}")]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert web.asked == []


@pytest.mark.breadth
def test_where_a_code_is_asked_for_the_pass_is_needed(
    maria: Person, recruiter: Stranger, app: Starlette, web: Web, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    share = maria.shows(*maria.has(), code="1")
    link, services = maria.link_of(share), app.state.services
    with services.database.reading() as session:
        made = session.get_one(Share, int(share.rpartition("/")[2]))
        (told,) = owner_view.view_shares(session, [made], services.keyring.unseal, clock.now)
    page = recruiter.post(link, data={"code": told.code}, headers=FROM_THE_PAGE).text
    key = page.partition("?pass=")[2].partition('"')[0]
    clock.move(minutes=5)
    web.asked.clear()

    for wrong in ("", "1-a", f"{int(datetime.timestamp(clock.now)) + 900}-{'0' * 32}"):
        assert press(recruiter, link, wrong).status_code == 404
    assert web.asked == []
    answer = press(recruiter, link, key)

    assert (answer.status_code, web.asked[0]) == (200, ADDRESS)
    assert "24 novembre 2026 à 11 h 17" in words(answer.text)
    assert f"?pass={key}" in answer.text, "it is not made longer"
    with monkeypatch.context() as full:
        full.setattr(pools, "PATIENCE", 0)
        full.setattr(services.pools[pools.STRANGERS], "threads", 0)
        busy = recruiter.post(f"{link}/verifications?pass={key}&lang=en", headers=FROM_THE_PAGE)
    assert (busy.status_code, "Too many people are here right now." in words(busy.text)) == (503, True)
    assert f'action="{link}/verifications?pass={key}&amp;lang=en"' in busy.text, "« Try again » has the pass, too"
    clock.move(minutes=10)
    assert press(recruiter, link, key).status_code == 403
