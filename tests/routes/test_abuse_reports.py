"""« Signaler »: said against a share in three taps, kept without a word of who said it, read by the operator."""

import re
from datetime import timedelta
from html import unescape
from itertools import count
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.made_once import has, link_of, made_once, shows
from tests.fixtures.visits import NOW, Clock, Person, Stranger, words
from wallet.shares import abuse_reports, owner_view
from wallet.shares.abuse_reports import FIRST, MOST, REPORT_REASONS, REPORT_WORDS_LIMIT, Report
from wallet.shares.models import Share
from wallet.web.rate_limits import HOUR, LOOSE, Limit, RateLimits
from wallet.web.services import Services

FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin"}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"


@pytest.fixture
@made_once
def link(maria: Person) -> str:
    return link_of(maria, shows(maria, *maria.has(), name="Maria"))


def says(recruiter: Person, link: str, reason: str = "false", said: str = "", query: str = "", **more: Any) -> Any:
    data = {"reason": reason, "words": said} | more
    return recruiter.post(f"{link}/reports{query}", data=data, headers=FROM_THE_PAGE)


def made(app: Starlette) -> list[Report]:
    with app.state.services.database.reading() as session:
        return list(session.query(Report).order_by(Report.id))


def test_it_is_said_thanked_for_and_kept(recruiter: Stranger, link: str, app: Starlette):
    form = recruiter.page(f"{link}/reports")
    assert re.findall(r'name="reason" value="([\w-]+)"', form) == list(REPORT_REASONS)
    assert " checked" not in form

    answer = says(recruiter, link, "not-them", "  Je connais Maria.\r\nCe n’est pas elle.  ")

    assert answer.status_code == 303
    thanks = recruiter.reads(answer.headers["location"])
    assert "Merci" in thanks
    assert "L’équipe de ce site va lire votre message." in thanks
    (one,) = made(app)
    assert (one.share_id, one.reason, one.made_at, one.closed_at) == (1, "not-them", NOW, None)
    assert one.words == "Je connais Maria.\nCe n’est pas elle."


def test_nothing_is_kept_of_who_says_it(recruiter: Stranger, link: str, app: Starlette):
    answer = says(recruiter, link, user="Paul", email="paul@exemple.fr")

    assert set(Report.__table__.columns.keys()) == {"id", "share_id", "reason", "words", "made_at", "closed_at"}
    assert "set-cookie" not in answer.headers
    assert made(app)[0].words == ""


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_tells_nothing_of_the_share_nor_do_robots_learn_of_it(recruiter: Stranger, link: str, language: str):
    answer = recruiter.get(f"{link}/reports?lang={language}")

    assert answer.headers["x-robots-tag"] == "noindex, noarchive"
    for told in ("Maria", "Communiquer", "Organisme"):
        assert told not in answer.text
    assert "<script" not in answer.text


def test_without_a_reason_it_is_asked_for_and_what_was_typed_stays(recruiter: Stranger, link: str, app: Starlette):
    for reason in ("", "x", "FALSE", "\0", "👍" * 99):
        answer = says(recruiter, link, reason, "Je connais Maria.")

        assert answer.status_code == 422, reason
        assert "Choisissez ce qui ne va pas." in answer.text, reason
        assert "Je connais Maria.</textarea>" in answer.text, reason
    assert made(app) == []


def test_too_long_a_text_is_told_and_stays(recruiter: Stranger, link: str, app: Starlette):
    text = "é" * 9_000

    answer = says(recruiter, link, "other", text)

    assert answer.status_code == 422
    assert "Votre texte est trop long." in answer.text
    assert f"{text}</textarea>" in answer.text
    assert 'value="other" checked' in answer.text
    assert made(app) == []
    assert says(recruiter, link, "other", "é\r\n" * (REPORT_WORDS_LIMIT // 2)).status_code == 303
    assert len(made(app)[0].words) == REPORT_WORDS_LIMIT - 1, "a line end is one character, as the browser counts"


def test_the_other_language_keeps_what_yann_chose_and_typed(recruiter: Stranger, link: str, app: Starlette):
    form = recruiter.page(f"{link}/reports")
    assert "hreflang" not in form, "a link would drop it"
    (other,) = re.findall(r'name="step" value="again" lang="en"\s+formaction="([^"]*)"', form)

    said = {"reason": "other", "words": "Je connais Maria.", "step": "again"}
    page = recruiter.post(unescape(other), data=said, headers=FROM_THE_PAGE)

    assert "Report this page" in words(page.text)
    assert 'value="other" checked' in page.text
    assert "Je connais Maria.</textarea>" in page.text
    assert f'action="{link}/reports?lang=en"' in page.text
    assert made(app) == [], "nothing is said by it"


def test_what_strangers_write_is_only_read(recruiter: Stranger, link: str):
    answer = says(recruiter, link, "", HOSTILE)

    assert HOSTILE not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "49" not in words(answer.text)


def test_too_often_is_told_and_what_was_typed_stays(
    recruiter: Stranger, link: str, app: Starlette, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(LOOSE, "report", Limit(2, HOUR))
    assert [says(recruiter, link).status_code for _ in range(2)] == [303, 303]

    answer = says(recruiter, link, "offensive", "Encore.")

    assert answer.status_code == 429
    assert "Il y a trop de messages en ce moment." in answer.text
    assert "Encore.</textarea>" in answer.text
    assert 'value="offensive" checked' in answer.text
    assert len(made(app)) == 2


@pytest.mark.breadth
def test_nobody_silences_a_share_for_all_others(link: str, app: Starlette):
    """Its owner, signed out, had used up what was said against it in an hour, from two networks."""
    owner = [Person(app, address=f"198.51.{number}.7") for number in range(4)]
    assert [says(one, link).status_code for one in owner for _ in range(5)] == [303] * 20

    assert says(Person(app, address="203.0.113.77"), link, "offensive", "Regardez.").status_code == 303

    assert made(app)[-1].words == "Regardez."


def test_one_network_says_five_things_a_day_and_others_are_heard(recruiter: Stranger, link: str, app: Starlette):
    for _ in range(5):
        assert says(recruiter, link).status_code == 303

    answer = says(recruiter, link, "offensive", "Encore.")

    assert answer.status_code == 429
    assert "Beaucoup de messages sont déjà venus d’ici. Essayez encore demain." in words(answer.text)
    assert "Encore.</textarea>" in answer.text
    assert says(Person(app, address="203.0.113.77"), link).status_code == 303


def test_one_share_gathers_no_more_than_are_read(wallet_of: int, app: Starlette):
    with app.state.services.database.writing() as session:
        for number in range(MOST + 5):
            abuse_reports.make_report(session, wallet_of, "other", str(number), NOW)
            session.flush()

    kept = [*range(FIRST), *range(FIRST + 5, MOST + 5)]
    assert [one.words for one in made(app)] == [str(number) for number in kept], "the first, and the newest"


@pytest.mark.breadth
def test_nobody_pushes_out_what_was_said_first(wallet_of: int, app: Starlette, caplog: pytest.LogCaptureFixture):
    """One true word, and then fifty others, each unlike the rest, from elsewhere: it was gone."""
    said = ["Ce n’est pas elle.", *(f"Rien {number}." for number in range(MOST + 5))]
    for words_ in said:
        with app.state.services.database.writing() as session:
            abuse_reports.make_report(session, wallet_of, "other", words_, NOW)

    here = [one.words for one in made(app)]
    assert len(here) == MOST
    assert here[0] == said[0]
    assert here[-1] == said[-1], "and whoever comes after the flood is heard"
    assert "goes unread" in caplog.text
    assert "Rien" not in caplog.text

    with app.state.services.database.writing() as session:
        for one in made(app)[:FIRST]:
            abuse_reports.close_report(session, one.id, NOW)
        for number in range(FIRST):
            abuse_reports.make_report(session, wallet_of, "other", f"Encore {number}.", NOW)
    assert here[FIRST:] == [one.words for one in made(app)][:FIRST], "what is read makes room"


def test_whoever_says_the_same_later_takes_away_neither_that_nor_what_was_shown_then(wallet_of: int, app: Starlette):
    """Its owner showed something else since, and sent the same reason without a word as often as it took."""
    later = NOW + timedelta(days=1)
    with app.state.services.database.writing() as session:
        abuse_reports.make_report(session, wallet_of, "offensive", "", NOW)
        for _ in range(MOST + 5):
            abuse_reports.make_report(session, wallet_of, "offensive", "", later)

    here = made(app)
    assert len(here) == MOST
    assert here[0].made_at == NOW


@pytest.mark.breadth
def test_whoever_comes_after_its_owner_filled_the_room_is_heard(maria: Person, link: str, app: Starlette):
    """The owner, signed out, from as many networks as it takes; then Yann; then the owner again."""
    for number in range(MOST):
        says(Person(app, address=f"198.51.{number}.7"), link, "other", f"Rien {number % 25}.")
        app.state.services.rate_limits.window.forget()
    yann = Stranger(app)
    assert says(yann, link, "not-them", "Ce n’est pas elle.").status_code == 303
    for number in range(20):
        says(Person(app, address=f"203.0.{number}.7"), link, "other", f"Rien {number}.")
        app.state.services.rate_limits.window.forget()

    with app.state.services.database.reading() as session:
        told = [one.words for one in abuse_reports.list_reports(session, NOW)]
    assert len(told) == MOST
    assert "Ce n’est pas elle." in told


def test_what_the_operator_is_done_with_goes_first(wallet_of: int, app: Starlette):
    for number in range(MOST):
        with app.state.services.database.writing() as session:
            abuse_reports.make_report(session, wallet_of, "other", str(number), NOW)
    with app.state.services.database.writing() as session:
        abuse_reports.close_report(session, made(app)[30].id, NOW)
        abuse_reports.make_report(session, wallet_of, "other", "new", NOW)

    assert [one.words for one in made(app)] == [str(number) for number in range(MOST) if number != 30] + ["new"]


def test_the_owner_reports_nothing_of_their_own(maria: Person, youssef: Person, link: str, app: Starlette):
    answer = says(maria, link, "false", "Tout va bien.")

    assert answer.status_code == 422
    assert "C’est votre propre partage. Vous ne pouvez pas le signaler." in words(answer.text)
    assert "Tout va bien.</textarea>" in answer.text
    assert made(app) == []
    assert says(youssef, link).status_code == 303, "while somebody else with a wallet may"


@pytest.fixture
@made_once
def wallet_of(maria: Person) -> int:
    """Maria's share."""
    return int(shows(maria, *maria.has()).rpartition("/")[2])


@pytest.mark.breadth
def test_what_is_over_or_unknown_takes_none(
    maria: Person, recruiter: Stranger, link: str, app: Starlette, clock: Clock
):
    ended = link_of(maria, shows(maria, *has(maria)))
    maria.post("/shares/1/stopping")
    clock.move(days=7)

    for one in (link, ended, f"/s/{'0' * 26}"):
        for answer in (
            recruiter.get(f"{one}/reports"),
            recruiter.get(f"{one}/reports?done=made"),
            says(recruiter, one, reason=""),
        ):
            assert (answer.status_code, answer.content) == (404, recruiter.get(link).content)
    assert made(app) == []


def test_what_was_said_of_a_share_that_is_over_or_unknown_is_told_as_not_sent_and_given_back(
    maria: Person, recruiter: Stranger, link: str, app: Starlette
):
    maria.post("/shares/1/stopping")
    unknown = f"/s/{'0' * 26}"

    over, never = (says(recruiter, one, "false", "Il ment.\nJe le sais.") for one in (link, unknown))

    assert over.status_code == 404
    assert "Votre message n’est pas parti." in words(over.text)
    assert ">C’est faux\nIl ment.\nJe le sais.</textarea>" in over.text
    assert over.content.replace(link.encode(), b"") == never.content.replace(unknown.encode(), b"")
    assert says(recruiter, link, "false", "Il ment.\nJe le sais.", step="again").content == over.content
    assert "C’est faux" in words(says(recruiter, link).text), "also where only that is said"
    assert "set-cookie" not in over.headers
    assert made(app) == []


@pytest.mark.breadth
def test_where_a_code_is_asked_for_the_pass_is_needed(maria: Person, recruiter: Stranger, app: Starlette):
    share = shows(maria, *has(maria), code="1")
    link, services = link_of(maria, share), app.state.services
    with services.database.reading() as session:
        (told,) = owner_view.view_shares(session, [session.get_one(Share, 1)], services.keyring.unseal, NOW)
    page = recruiter.post(link, data={"code": told.code}, headers=FROM_THE_PAGE).text
    key = page.partition("?pass=")[2].partition('"')[0]

    assert recruiter.get(f"{link}/reports").status_code == says(recruiter, link).status_code == 404
    assert f'action="{link}/reports?pass=' in recruiter.page(f"{link}/reports?pass={key}")
    answer = says(recruiter, link, query=f"?pass={key}")

    assert answer.status_code == 303
    assert "Merci" in recruiter.reads(answer.headers["location"])
    assert len(made(app)) == 1


def test_it_goes_with_the_share(maria: Person, recruiter: Stranger, link: str, app: Starlette):
    says(recruiter, link)
    with app.state.services.database.writing() as session:
        session.delete(session.get_one(Share, 1))

    assert made(app) == []


def test_a_share_that_the_operator_stopped_is_closed_and_its_owner_cannot_open_it_again(
    maria: Person, recruiter: Stranger, link: str, app: Starlette, clock: Clock
):
    other = link_of(maria, shows(maria, *has(maria)))
    for _ in range(2):
        says(recruiter, link, "offensive", "Voyez le mot.")
    says(recruiter, other)
    clock.move(hours=1)

    with app.state.services.database.writing() as session:
        assert abuse_reports.stop_reported_share(session, 1, clock.now) == (1, True)

    assert recruiter.get(link).status_code == 404
    assert recruiter.get(other).status_code == 200
    assert "arrêté le 24 novembre 2026" in maria.reads("/shares")
    assert maria.post("/shares/1/return").headers["location"] == "/shares?late=1"
    assert maria.post("/shares/1/end", data={"days": "30"}).headers["location"] == "/shares?over=1"
    assert recruiter.get(link).status_code == 404
    assert [one.closed_at for one in made(app)] == [NOW + timedelta(hours=1)] * 2 + [None]
    with app.state.services.database.writing() as session:
        assert abuse_reports.stop_reported_share(session, 2, clock.now) == (1, False)


def test_a_share_that_its_owner_has_just_stopped_is_stopped_for_good_too(
    maria: Person, recruiter: Stranger, link: str, app: Starlette, clock: Clock
):
    says(recruiter, link)
    maria.post("/shares/1/stopping")
    clock.move(seconds=3)

    with app.state.services.database.writing() as session:
        assert abuse_reports.stop_reported_share(session, 1, clock.now) == (1, False), "it was not open"

    assert maria.post("/shares/1/return").headers["location"] == "/shares?late=1"
    assert recruiter.get(link).status_code == 404


def test_a_share_that_is_gone_meanwhile_takes_no_report_and_counts_no_opening(
    maria: Person, recruiter: Stranger, link: str, app: Starlette, monkeypatch: pytest.MonkeyPatch
):
    """Maria takes it out of her list while Paul's word is on its way."""
    services: Services = app.state.services
    allow = RateLimits.allow
    numbers = iter(count(1))

    def meanwhile(paces: RateLimits, what: str, *whose: Any) -> bool:
        if what in {"report", "opening"}:
            with services.database.writing() as session:
                session.delete(session.get_one(Share, next(numbers)))
        return allow(paces, what, *whose)

    monkeypatch.setattr(RateLimits, "allow", meanwhile)
    answer = says(recruiter, link)
    assert answer.status_code == 404
    assert "Votre message n’est pas parti." in words(answer.text)

    token = link_of(maria, shows(maria, *maria.has())).rpartition("/")[2]
    looks = FROM_THE_PAGE | {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
    opened = recruiter.post("/openings", data={"token": token}, headers=looks)
    assert (opened.status_code, next(numbers)) == (204, 3)


def test_the_operator_reads_what_was_said_and_of_what(maria: Person, recruiter: Stranger, app: Starlette, clock: Clock):
    link = link_of(maria, shows(maria, *has(maria), name="Maria", word="Bonjour"))
    says(recruiter, link, "other", "Je doute.")

    with app.state.services.database.reading() as session:
        (told,) = abuse_reports.list_reports(session, clock.now)

    assert (told.reason, told.words, told.name, told.word, told.is_open) == (
        "other",
        "Je doute.",
        "Maria",
        "Bonjour",
        True,
    )
    assert [(one["name"], one["level"]) for one in told.shown] == [("Communiquer", "je pratique")]
    assert link[3:] not in repr(told)
    with app.state.services.database.writing() as session:
        abuse_reports.close_report(session, told.id, clock.now)
        abuse_reports.close_report(session, told.id, clock.now + timedelta(days=1))
    with app.state.services.database.reading() as session:
        assert abuse_reports.list_reports(session, clock.now) == []
        assert [one.closed_at for one in abuse_reports.list_reports(session, clock.now, closed=True)] == [clock.now]


@pytest.mark.breadth
def test_the_language_that_was_chosen_by_the_address_goes_on(recruiter: Stranger, link: str):
    """No cookie keeps it: the form, the links and what answers them have it; a page without it gains none."""
    english, plain = recruiter.get(f"{link}?lang=en").text, recruiter.get(f"{link}?lang=fr&x").text
    assert f'action="{link}/verifications?lang=en"' in english
    assert f'href="{link}/reports?lang=en"' in english
    assert f'href="{link}/presentation?lang=en"' in english
    assert f'action="{link}/verifications?lang=fr"' in plain
    assert f'action="{link}/verifications"' in recruiter.get(link).text

    checked = recruiter.post(f"{link}/verifications?lang=en", headers={"Sec-Fetch-Site": "same-origin"})
    assert checked.headers["location"] == f"{link}?lang=en"
    assert f'href="{link}?lang=en"' in recruiter.get(f"{link}/reports?lang=en").text
    said = recruiter.post(
        f"{link}/reports?lang=en", data={"reason": "other"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert said.headers["location"] == f"{link}/reports?done=made&lang=en"


def test_the_address_of_check_again_leads_to_the_share(recruiter: Stranger, link: str):
    assert recruiter.get(f"{link}/verifications?lang=en").headers["location"] == f"{link}?lang=en"
    closed = recruiter.get(f"/s/{'0' * 26}/verifications")
    assert (closed.status_code, closed.content) == (404, recruiter.get(f"/s/{'0' * 26}").content)
