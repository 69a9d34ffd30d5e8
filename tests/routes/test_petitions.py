"""Sonia asks the GRETA for a badge, with proofs; the GRETA answers without an account, with the badge, a sentence, or a no."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, update
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.screens import pages
from tests.fixtures.screens_petitions import answering, over, owned, read, told
from tests.fixtures.screens_petitions import asked as row
from tests.fixtures.visits import ISSUERS_KEY, NOW, Clock, IssuersWeb, Person, Stranger, holder, signed, words
from wallet import accounts, openbadges, registers, trust
from wallet import web as web_layer
from wallet.accounts import recoveries
from wallet.accounts.outbox import MAIL_PURPOSE, Mail
from wallet.accounts.user_agents import PREVIEW_ROBOTS
from wallet.badges.models import KeptBadge
from wallet.competencies.frameworks import Ids
from wallet.operations import first_start
from wallet.operations.cleanup import forget_expired
from wallet.pages.environment import format_day
from wallet.settings import Settings
from wallet.shares.models import Share
from wallet.shares.petitions.models import MOST_CODES, Petition
from wallet.web.rate_limits import STRICT

FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin"}
ORGANISE = "normandie/organiser/practises"
AT_WORK, PORTAL = "badges@greta.example", "https://greta.example/badges"
GRETA = json.loads(signed())["issuer"]["id"]
HOSTILE = "<script>alert(1)</script>\"'><img src=x>{{ 7*7 }}"
DAY = timedelta(days=1)


@pytest.fixture
def settings(settings: Settings, samples_count: Path) -> Settings:
    """An instance whose operator says whose badges count."""
    return replace(settings, frameworks=samples_count)


def knows(app: Starlette, match: str = GRETA, name: str = "Le GRETA", **more: Any) -> None:
    """The operator vouches for one who may be asked."""
    entry = trust.Entry(match=match, name=name, **{"asks_at": AT_WORK} | more)
    app.state.services.database.write(registers.add_issuer, entry, "a test", NOW)


@made_once
def who_communicates(app: Starlette) -> Person:
    """Sonia, who communicates, where the operator knows the GRETA."""
    knows(app)
    return holder(app, ("communiquer-2.json", signed("communiquer-2")))


@made_once
def who_asked(app: Starlette) -> Person:
    """Sonia, who asked the GRETA for a badge."""
    sonia = who_communicates(app)
    asked(sonia)
    return sonia


@pytest.fixture
def sonia(app: Starlette, request: pytest.FixtureRequest) -> Person:
    """Sonia, who asks the GRETA, or asked it already where a test begins with its link."""
    return (who_asked if "link" in request.fixturenames else who_communicates)(app)


def asks(sonia: Person, place: str = ORGANISE, to: str = GRETA, **more: Any) -> Any:
    data = {"place": place, "to": to, "name": "Sonia", "badge": ["1"]} | more
    return sonia.post("/petitions", data=data)


def asked(sonia: Person, **more: Any) -> str:
    """Where the petition is in her wallet."""
    sent = asks(sonia, **more)
    assert sent.status_code == 303, words(sent.text)
    return str(sent.headers["location"]).partition("?")[0]


def rows(app: Starlette, table: Any = Petition) -> list[Any]:
    with app.state.services.database.reading() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def sealed_in(app: Starlette, kind: str) -> list[str]:
    """What stands in the letters of that kind that wait."""
    unseal = app.state.services.keyring.unseal
    return [unseal(one.sealed, MAIL_PURPOSE).decode() for one in rows(app, Mail) if one.kind == kind]


class Structure(Stranger):
    """Somebody at the GRETA: no account, a browser that keeps nothing, and the mailbox of the letter."""

    def letter(self, app: Starlette) -> str:
        """The link in it."""
        return f"/demande/{sealed_in(app, 'petition')[-1]}"

    def answers(self, app: Starlette, at: str, kind: str, *, code: str | None = None, **typed: Any) -> Any:
        """From one of the three buttons to « Envoyer », with the code that came."""
        self.post(at, data={"kind": kind}, headers=FROM_THE_PAGE)
        code = (sealed_in(app, "petition-code") or [""])[-1] if code is None else code
        files = {"documents": ("badge.json", typed.pop("file"))} if "file" in typed else None
        data = {"kind": kind, "step": "send", "code": code} | typed
        return self.post(at, data=data, files=files, headers=FROM_THE_PAGE)


@pytest.fixture
def greta(app: Starlette) -> Structure:
    return Structure(app)


def test_she_asks_also_while_every_page_of_hers_says_that_somebody_comes_back(sonia: Person):
    """And says until when: by what is called `moment` in every template, as is the story from which she comes here."""
    sonia.services.database.write(recoveries.begin_recovery, 1, "paper", "android", sonia.services.clock())

    for page in ("/petitions/new?moment=1", f"/petitions/new?place={ORGANISE}&moment=1"):
        told = sonia.page(page)
        assert "C’est vous ?" in words(told)
        assert "&amp;moment=1" in told


@pytest.fixture
def link(app: Starlette, sonia: Person, greta: Structure) -> str:
    """The one that came in the letter."""
    return greta.letter(app)


@pytest.mark.breadth
def test_who_takes_or_erases_everything_reads_that_a_request_is_in_no_folder(app: Starlette, sonia: Person):
    pages, told = ("/archive", "/erasure"), "Votre demande de badge n’est pas dans ce dossier."
    assert not any(told in sonia.reads(page) for page in pages)

    asked(sonia)
    assert all(told in sonia.reads(page) for page in pages)

    sonia.post("/shares/1/stopping")
    assert not any(told in sonia.reads(page) for page in pages)


# --- Sonia asks -------------------------------------------------------------------------------------------------------


def test_her_path_says_what_she_misses_and_two_pages_on_she_sends(app: Starlette, sonia: Person):
    path = sonia.page("/path")
    assert "Il vous manque « Organiser ». Demandez ce badge." in words(path)
    first = unescape(re.findall(r'href="(/petitions/new\?place=[^"]*)"', path)[0])
    whom = sonia.page(first)
    assert "Le GRETA" in words(whom)
    proofs = sonia.page(unescape(re.findall(r'href="(/petitions/new\?place=[^"]*to=[^"]*)"', whom)[0]))
    assert "Le GRETA voit ce que vous cochez" in words(proofs)
    assert re.search(r'name="badge" value="\d+" checked|name="badge" value="\d+"[^>]*checked', proofs)

    at = asked(sonia)

    assert "Votre demande est partie." in words(sonia.page(f"{at}?done=sent"))
    assert "Vous attendez la réponse de : Le GRETA." in words(sonia.page("/path"))
    (letter,) = rows(app, Mail)
    assert (letter.address, letter.kind) == (AT_WORK, "petition")


def test_nobody_is_asked_whose_badge_would_not_count_there(app: Starlette, sonia: Person):
    """A badge that comes as it was asked for, and leaves the map as it was, was asked for in vain."""
    [normandy] = app.state.services.frameworks
    rare = replace(normandy, vouching=frozenset(), issuers=Ids(frozenset({"did:web:chantier.example"})))
    app.state.services = replace(app.state.services, frameworks=(rare,))

    assert "/petitions/new" not in sonia.page("/path")
    assert "Nous ne connaissons personne à qui demander ici." in words(sonia.page("/petitions/new"))
    assert asks(sonia).headers["location"] == "/petitions/new"

    knows(app, "did:web:chantier.example", "Le chantier")
    whom = words(sonia.page(f"/petitions/new?place={ORGANISE}"))
    assert "Le chantier" in whom
    assert "Le GRETA" not in whom


@pytest.mark.breadth
def test_the_letter_says_nothing_that_a_holder_wrote(app: Starlette, sonia: Person):
    asked(sonia, name="Achetez chez moi")
    (letter,) = rows(app, Mail)
    subject, text = app.state.services.pages.letter("petition", "fr", code=sealed_in(app, "petition")[0])

    assert "Achetez" not in subject + text
    assert f"/demande/{sealed_in(app, 'petition')[0]}" in text
    assert b"Achetez" not in (letter.sealed or b"")


@pytest.mark.breadth
def test_a_structure_reads_its_letters_in_the_language_of_the_wallet_whatever_she_reads(
    app: Starlette, sonia: Person, greta: Structure
):
    """Who learns French here reads English; the GRETA answers in France."""
    sonia.headers["accept-language"] = "en"
    asked(sonia)
    greta.post(greta.letter(app), data={"kind": "no"}, headers=FROM_THE_PAGE)

    assert [(one.kind, one.language) for one in rows(app, Mail)] == [("petition", "fr"), ("petition-code", "fr")]


def test_where_nobody_may_be_asked_nothing_is_offered(app: Starlette):
    knows(app, asks_at="")
    sonia = holder(app, ("communiquer-2.json", signed("communiquer-2")))

    assert "/petitions/new" not in sonia.page("/path")
    assert "Nous ne connaissons personne à qui demander ici." in words(sonia.page("/petitions/new"))
    assert asks(sonia).headers["location"] == "/petitions/new"


def test_only_whom_the_operator_knows_now_is_asked(app: Starlette, sonia: Person):
    knows(app, "did:web:ailleurs.example", "Ailleurs", scope=frozenset({"gestes-durables"}))
    knows(app, "did:web:ancien.example", "Ancien", until=NOW - DAY)
    whom = words(sonia.page(f"/petitions/new?place={ORGANISE}"))

    assert "Le GRETA" in whom
    assert "Ailleurs" not in whom
    assert "Ancien" not in whom
    for other in ("did:web:ailleurs.example", "did:web:ancien.example", "did:web:faux.example"):
        for chosen in ({}, {"step": "again"}):
            assert asks(sonia, to=other, **chosen).headers["location"] == "/petitions/new"
    assert rows(app) == []


@pytest.mark.breadth
def test_a_moment_leads_there_and_goes_along_as_a_proof(app: Starlette, sonia: Person):
    moment = sonia.tells(
        *sonia.has(), place="Port", facts="Un client criait.", me="Je l’ai écouté.", sentence="Écouter."
    )
    number = moment.rpartition("/")[2]

    assert f"/petitions/new?moment={number}" in sonia.page(moment)
    page = sonia.page(f"/petitions/new?place={ORGANISE}&to={GRETA}&moment={number}")

    assert re.search(rf'name="moment" value="\d+-{number}"[^>]*checked', page)


def test_a_moment_without_a_badge_promises_to_be_no_proof_and_whoever_has_no_badge_is_not_led_to_ask(sonia: Person):
    """It would not be among what they choose from, and who has nothing to tick could send nothing."""
    moment = sonia.tells(place="Port", facts="Un client criait.", me="Je l’ai écouté.", sentence="Écouter.")
    page = sonia.page(moment)
    assert "Ce moment sera votre preuve." not in words(page)
    assert "Choisir les badges" in words(page)
    assert "Il vous manque" in sonia.reads("/path")

    sonia.post("/badges/1/removal")

    assert "Il vous manque" not in sonia.reads("/path")


def test_nothing_ticked_is_said_and_nothing_is_sent(app: Starlette, sonia: Person):
    answer = asks(sonia, badge=[])

    assert answer.status_code == 422
    assert "Choisissez au moins un badge." in words(answer.text)
    assert (rows(app), rows(app, Mail)) == ([], [])


def test_what_she_looks_for_is_found_without_a_script_and_stays_in_english(
    app: Starlette, sonia: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wallet.shares.chooser.MANY", 1)
    for chosen in ({"seek": ".name"}, {"step": "again"}):
        page = asks(sonia, badge=[], q="pâtissier", **chosen).text
        assert ("Aucun badge n’a ces mots." in page, 'value="pâtissier"' in page) == (True, True)
    assert rows(app) == []


def test_asked_twice_it_is_one_petition_and_one_letter(app: Starlette, sonia: Person):
    assert asked(sonia) == asked(sonia)
    assert (len(rows(app)), len(rows(app, Mail))) == (1, 1)


def test_whoever_asked_already_is_led_to_what_they_asked_before_they_choose_again(app: Starlette, sonia: Person):
    choosing = f"/petitions/new?place={ORGANISE}&to={GRETA}"
    assert "Que montrez-vous ?" in words(sonia.page(choosing))
    at = asked(sonia)

    again = sonia.get(choosing)

    assert (again.status_code, again.headers["location"]) == (303, at)
    assert "Que montrez-vous ?" in words(sonia.page(choosing.replace("practises", "masters")))


@pytest.mark.breadth
def test_who_goes_back_and_ticks_something_else_is_not_told_that_it_was_sent_so(
    app: Starlette, sonia: Person, greta: Structure
):
    """What she asked stays as it is: she is shown where she can change it."""
    first = asked(sonia)
    again = asks(sonia, name="", badge=[])

    assert again.headers["location"] == first
    page = sonia.reads(first)
    assert "Votre demande est partie." not in page
    assert "Ce que l’on voit" in page
    assert "Sonia demande un badge" in greta.reads(greta.letter(app))


def test_three_wait_and_no_more(app: Starlette, sonia: Person):
    for skill in ("organiser", "adapter", "integrer"):
        asked(sonia, place=f"normandie/{skill}/practises")
    answer = asks(sonia, place="normandie/organiser/masters")

    assert answer.status_code == 409
    assert "Vous demandez déjà 3 badges." in words(answer.text)
    assert len(rows(app)) == 3


def test_an_address_gets_thirty_a_day_from_all_holders_together(
    app: Starlette, sonia: Person, clock: Clock, monkeypatch: Any
):
    monkeypatch.setattr("wallet.shares.petitions.asking.MOST_A_DAY", 1)
    asked(sonia)
    malik = holder(app, ("communiquer-2.json", signed("communiquer-2")))
    answer = asks(malik, badge=["2"])
    assert (answer.status_code, len(rows(app, Mail))) == (409, 1)
    assert "Le GRETA a beaucoup de demandes aujourd’hui." in words(answer.text)

    clock.move(days=1, seconds=1)

    assert asks(malik, badge=["2"]).status_code == 303


def test_who_asks_again_and_again_waits_a_day(app: Starlette, sonia: Person, monkeypatch: Any):
    monkeypatch.setitem(STRICT, "petition", STRICT["petition"]._replace(amount=1))
    asked(sonia)

    answer = asks(sonia, place="normandie/adapter/practises")

    assert answer.status_code == 422
    assert "Vous avez beaucoup demandé aujourd’hui." in words(answer.text)


@pytest.mark.breadth
def test_where_the_address_is_a_page_she_brings_the_link_herself(app: Starlette, greta: Structure):
    knows(app, asks_at=PORTAL)
    sonia = holder(app, ("communiquer-2.json", signed("communiquer-2")))
    page = sonia.page(asked(sonia))
    assert rows(app, Mail) == []
    assert PORTAL in page

    link = re.findall(r"/demande/[0-9A-Z]{26}", page)[0]
    assert re.search(r'href="/privacy\?lang=en#petitions">Privacy<', greta.page(f"{link}?lang=en"))
    answer = greta.answers(app, link, "give", file=signed("organiser-1"))

    assert (answer.status_code, rows(app, Mail)) == (303, [])
    assert "Le GRETA a répondu oui. Voici votre badge." in words(sonia.page("/path"))


def test_where_the_keys_are_others_neither_of_them_reads_that_it_is_over(app: Starlette, greta: Structure):
    """Her link can be shown no more, nor can the proofs; whoever has it answers still, and she stops it."""
    knows(app, asks_at=PORTAL)
    sonia = holder(app, ("communiquer-2.json", signed("communiquer-2")))
    mine = asked(sonia)
    link = re.findall(r"/demande/[0-9A-Z]{26}", sonia.page(mine))[0]
    with app.state.services.database.writing() as session:
        session.execute(update(Petition).values(token_sealed=b"\x01" + b"of other keys" * 9))
        session.execute(update(Share).values(token_sealed=b"\x01" + b"of other keys" * 9))

    told, page = sonia.reads(mine), words(greta.page(link))

    assert "Le lien de votre demande ne peut plus être montré. Qui l’a peut encore répondre." in told
    assert "Arrêter ma demande" in told
    assert "Ce partage ne peut plus être montré. Donner le badge" in page
    settings = app.state.services.settings
    assert first_start.unsealable(app.state.services.database, settings.keys, NOW) == ["share 1", "petition 1"]
    assert greta.answers(app, link, "lack", sentence="Une attestation.").status_code == 303


@pytest.mark.breadth
def test_no_letter_is_offered_for_a_link_that_the_keys_do_not_open(app: Starlette, sonia: Person, link: str):
    with app.state.services.database.writing() as session:
        session.execute(update(Petition).values(token_sealed=b"\x01" + b"of other keys" * 9))

    assert "Envoyer encore l’e-mail" not in sonia.reads("/petitions/1")
    sonia.post("/petitions/1/reminder")
    assert rows(app)[0].reminded_at is None


@pytest.mark.parametrize("mailbox", ["secrétariat@greta.example", "accueil.@greta.example", "accueil@greta"])
@pytest.mark.breadth(beside=["secr\\xe9tariat@greta.example"])
def test_where_our_letters_reach_no_such_mailbox_she_brings_the_link_herself(app: Starlette, mailbox: str):
    """The operator's register takes addresses that no letter of ours can go to."""
    knows(app, asks_at=mailbox)
    sonia = holder(app, ("communiquer-2.json", signed("communiquer-2")))

    before = sonia.reads(f"/petitions/new?place={ORGANISE}&to={GRETA}")
    page = words(sonia.page(asked(sonia)))

    assert "Vous aurez un lien à leur donner." in before
    assert f"Envoyez-le à cette adresse : {mailbox}" in page
    assert rows(app, Mail) == []


def test_one_letter_more_goes_and_no_other(app: Starlette, sonia: Person):
    at = asked(sonia)
    first = sealed_in(app, "petition")
    told = sonia.post(f"{at}/reminder").headers["location"]
    again = sonia.post(f"{at}/reminder")

    assert "Un e-mail de plus est parti." in sonia.reads(told)
    assert again.headers["location"] == at
    assert sealed_in(app, "petition") == first * 2
    assert "Envoyer encore l’e-mail" not in sonia.page(at)


def test_one_letter_more_goes_where_the_operator_says_now(app: Starlette, sonia: Person, greta: Structure, link: str):
    """Whose mailbox was in the register by mistake is not written to again, as one whose address stands there."""
    knows(app, asks_at="accueil@greta.example")
    sonia.post(f"/petitions/{rows(app)[0].id}/reminder")
    greta.answers(app, link, "lack", sentence="Une date.")

    assert [one.address for one in rows(app, Mail)] == [AT_WORK, *["accueil@greta.example"] * 2]
    assert "Il manque une chose : Une date." in words(sonia.page("/path"))


def test_no_letter_goes_where_the_operator_names_a_page_since(app: Starlette, sonia: Person, link: str):
    at = f"/petitions/{rows(app)[0].id}"
    knows(app, asks_at=PORTAL)

    assert "Envoyer encore l’e-mail" not in sonia.page(at)
    assert sonia.post(f"{at}/reminder").headers["location"] == at
    assert len(rows(app, Mail)) == 1


@pytest.mark.breadth
def test_she_brings_the_link_where_the_operator_says_now(app: Starlette):
    knows(app, asks_at="https://ancien.example/badges")
    sonia = holder(app, ("communiquer-2.json", signed("communiquer-2")))
    at = asked(sonia)
    knows(app, asks_at=PORTAL)
    page = sonia.page(at)

    assert PORTAL in page
    assert "ancien.example" not in page


def test_who_stops_it_closes_the_page_of_whom_they_asked(app: Starlette, sonia: Person, greta: Structure, link: str):
    (petition,) = rows(app)
    proofs = re.findall(r'href="(/s/[0-9A-Z]{26})', greta.page(link))[0]
    sonia.post(f"/shares/{petition.share_id}/stopping")

    assert greta.get(link).status_code == 410
    assert greta.get(proofs).status_code == 404
    assert "Cette demande est finie." in words(greta.answers(app, link, "lack", sentence="Une date.").text)
    for path in ("/path", f"/petitions/{petition.id}"):
        told = sonia.reads(path)
        assert "Votre demande est finie." in told
        assert "n’a pas répondu" not in told, "it was she who stopped it"


@pytest.mark.breadth
def test_who_had_no_answer_in_time_reads_so_and_not_once_they_took_the_proofs_off_their_record(
    app: Starlette, sonia: Person, link: str, clock: Clock
):
    (petition,) = rows(app)
    edited = {"badge": ["1"], "name": "Sonia", "days": "7", "changes": "0"}
    sonia.post(f"/shares/{petition.share_id}/editing", data=edited)
    clock.move(days=8)
    assert "Le GRETA n’a pas répondu." in sonia.reads("/path")

    sonia.post(f"/shares/{petition.share_id}/removal")

    assert "Votre demande est finie." in sonia.reads("/path")


@pytest.mark.breadth
def test_after_sixty_days_it_is_over_and_thirty_later_nothing_is_there(
    app: Starlette, sonia: Person, greta: Structure, link: str, clock: Clock
):
    clock.move(days=61)
    assert greta.get(link).status_code == 410
    clock.move(days=30)
    forget_expired(app.state.services.database, clock())

    assert rows(app) == []


def test_both_read_the_earlier_end_that_she_gives_her_proofs(
    app: Starlette, sonia: Person, greta: Structure, link: str, clock: Clock
):
    (petition,) = rows(app)
    edited = {"badge": ["1"], "name": "Sonia", "days": "7", "changes": "0"}
    assert sonia.post(f"/shares/{petition.share_id}/editing", data=edited).status_code == 303
    told = [greta.reads(link), sonia.reads(f"/petitions/{petition.id}")]
    clock.move(days=7)
    last = format_day(clock(), "fr").replace("\u00a0", " ")

    assert [f"jusqu’au {last}." in page for page in told] == [True, True]
    assert greta.get(link).status_code == 410


def test_whoever_is_struck_off_reads_nothing_any_more(app: Starlette, greta: Structure, link: str):
    assert greta.get(link).status_code == 200
    app.state.services.database.write(registers.retire_issuer, GRETA, "stop", "a test", NOW)

    assert greta.get(link).status_code == 410


@pytest.mark.breadth
def test_she_is_told_that_whoever_is_struck_off_answers_no_more_and_writes_to_them_no_more(
    app: Starlette, sonia: Person, link: str
):
    at, before = f"/petitions/{rows(app)[0].id}", len(sealed_in(app, "petition"))
    assert "Vous attendez" in sonia.reads(at)
    app.state.services.database.write(registers.retire_issuer, GRETA, "stop", "a test", NOW)

    told = sonia.reads(at)
    assert "Votre demande est finie." in told
    assert "Arrêter ma demande" in told, "what she shows stays hers to stop"
    for untrue in ("Vous attendez", "peut répondre jusqu", "Envoyer encore l’e-mail", "n’a pas répondu"):
        assert untrue not in told
    assert "Vous attendez" not in sonia.reads("/path")
    sonia.post(f"{at}/reminder")
    assert len(sealed_in(app, "petition")) == before


def test_somebody_elses_petition_is_nobodys(app: Starlette, sonia: Person):
    at = asked(sonia)
    malik = holder(app)

    assert malik.get(at).status_code == 404
    assert malik.post(f"{at}/reminder").status_code == 404
    assert malik.post(f"{at}/end").status_code == 404


# --- the GRETA answers ------------------------------------------------------------------------------------------------


def test_it_reads_who_asks_for_what_without_a_cookie_and_without_a_script(greta: Structure, link: str):
    page = greta.get(link)

    assert "Sonia demande un badge : Organiser (pratique)." in words(page.text)
    assert "set-cookie" not in page.headers
    assert "<script" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]
    assert page.headers["referrer-policy"] in {"no-referrer", "same-origin"}


def test_robots_read_neither_who_asks_nor_where_the_proofs_are_and_no_look_writes_a_code(
    app: Starlette, greta: Structure, link: str
):
    for robot in PREVIEW_ROBOTS[:2]:
        page = greta.get(link, headers={"User-Agent": f"{robot}/2.23"}).text
        assert "Sonia" not in page, robot
        assert "/s/" not in page, robot
    greta.get(link)
    greta.head(link)

    assert sealed_in(app, "petition-code") == []


def test_the_badge_is_kept_she_is_told_and_the_proofs_are_shown_no_more(
    app: Starlette, sonia: Person, greta: Structure, link: str
):
    proofs = re.findall(r'href="(/s/[0-9A-Z]{26})', greta.page(link))[0]
    assert greta.get(proofs).status_code == 200
    done = greta.answers(app, link, "give", file=signed("organiser-1"))
    assert done.status_code == 303, words(done.text)

    assert "La personne a le badge maintenant." in words(greta.page(link))
    again = greta.answers(app, link, "give", link="https://greta.example/badges/1")
    assert "Votre réponse n’est pas partie." not in words(again.text), "it may have come by that very link"
    assert "Un reçu</textarea>" in greta.answers(app, link, "lack", sentence="Un reçu").text
    (petition,) = rows(app)
    assert petition.state == "granted"
    assert petition.badge_id in sonia.has()
    assert "Le GRETA a répondu oui. Voici votre badge." in words(sonia.page("/path"))
    assert f"/badges/{petition.badge_id}" in sonia.page(f"/petitions/{petition.id}")
    sonia.post(f"/petitions/{petition.id}/end")
    assert "Le GRETA a répondu oui" not in words(sonia.page("/path"))
    assert greta.get(proofs).status_code == 404


def test_of_a_badge_that_she_removed_since_she_is_told_so_and_led_nowhere(
    app: Starlette, sonia: Person, greta: Structure, link: str
):
    greta.answers(app, link, "give", file=signed("organiser-1"))
    (petition,) = rows(app)
    sonia.post(f"/badges/{petition.badge_id}/removal")
    page = sonia.page(f"/petitions/{petition.id}")

    assert f'href="/badges/{petition.badge_id}"' not in page
    assert "Vous l’avez enlevé." in words(page)
    sonia.post(f"/badges/{petition.badge_id}/return")
    assert f'href="/badges/{petition.badge_id}"' in sonia.page(f"/petitions/{petition.id}")


def test_a_badge_of_a_higher_level_is_that_badge_too(app: Starlette, greta: Structure, link: str):
    assert greta.answers(app, link, "give", file=signed("organiser-2")).status_code == 303


def test_what_is_another_badge_is_not_kept(app: Starlette, sonia: Person, greta: Structure, link: str):
    before, told = rows(app, KeptBadge), json.loads(signed("organiser-1"))
    for given, (file, said) in {
        "other-skill": (signed("adapter-1"), "Ce n’est pas ce badge."),
        "other-issuer": (signed("organiser-1", Ed25519PrivateKey.generate()), "Ce n’est pas ce badge."),
        "changed": (json.dumps(told | {"name": "Organiser tout"}).encode(), "Ce"),
        "no-badge": (b"%PDF-1.4 nothing", "Nous n’y avons pas trouvé de badge."),
    }.items():
        answer = greta.answers(app, link, "give", file=file)

        assert answer.status_code == 422, given
        assert said in words(answer.text), given
        assert [one.id for one in rows(app, KeptBadge)] == [one.id for one in before], given
        assert rows(app)[0].state == "sent", given


def test_the_level_below_is_not_that_badge(app: Starlette, sonia: Person, greta: Structure):
    asked(sonia, place="normandie/organiser/masters")

    answer = greta.answers(app, greta.letter(app), "give", file=signed("organiser-1"))

    assert "Ce n’est pas ce badge. Nous attendons : Organiser (maîtrise)" in words(answer.text)


@pytest.mark.breadth
def test_a_badge_by_its_link(app: Starlette, greta: Structure, link: str, web: IssuersWeb):
    web["https://greta.example/organiser-1.json"] = signed("organiser-1")

    answer = greta.answers(app, link, "give", link="https://greta.example/organiser-1.json")

    assert answer.status_code == 303, words(answer.text)


def test_what_could_not_be_looked_at_is_not_told_as_something_else(
    app: Starlette, greta: Structure, link: str, web: IssuersWeb, monkeypatch: pytest.MonkeyPatch
):
    """A link that nobody answers, one without a badge, a page that was saved of one that nobody answers, and a badge whose list of
    withdrawals is silent."""
    at = "https://greta.example/organiser-1.json"
    plain = {name: value for name, value in json.loads(signed("organiser-1")).items() if name != "proof"}
    listed = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7"}
    plain["credentialStatus"] = listed | {"statusListCredential": "https://greta.example/status/1"}
    signer = openbadges.Signer(GRETA, f"{GRETA}#{GRETA.removeprefix('did:key:')}", ISSUERS_KEY, "GRETA", GRETA)
    silent = greta.answers(app, link, "give", link=at)
    saved = greta.answers(app, link, "give", file=f'<!DOCTYPE html><link rel="canonical" href="{at}">'.encode())
    web[at] = b"{}"
    other = greta.answers(app, link, "give", link=at)
    unsure = greta.answers(app, link, "give", file=json.dumps(openbadges.sign_credential(plain, signer, NOW)).encode())

    assert "Nous n’avons pas pu ouvrir ce lien. Copiez-le en entier, ou essayez plus tard." in words(silent.text)
    assert f'value="{at}"' in silent.text
    assert "Ce lien ne mène pas à un badge." in words(other.text)
    assert "Nous ne pouvons pas vérifier ce badge maintenant." in words(unsure.text)
    assert "Ce fichier mène à une page qui ne répond pas. Essayez plus tard." in words(saved.text)
    assert {one.status_code for one in (silent, saved, other, unsure)} == {422}


@pytest.mark.breadth
def test_what_is_missing_is_one_sentence_and_the_badge_may_still_come(
    app: Starlette, sonia: Person, greta: Structure, link: str
):
    said = f"La date du stage. {HOSTILE}"
    assert greta.answers(app, link, "lack", sentence=said).status_code == 303
    assert "Il manque une chose : La date du stage." in words(sonia.page("/path"))
    page = sonia.page(f"/petitions/{rows(app)[0].id}")
    assert f"Il manque une chose : {said}" in words(page)
    assert "<script>alert" not in page
    assert "Montrez ce qui manque. Vous pouvez aussi y écrire un mot." in words(page)
    assert "Ensuite, nous pouvons leur envoyer notre e-mail encore une fois." in words(page), "it has no word of hers"

    assert greta.answers(app, link, "give", file=signed("organiser-1")).status_code == 303
    assert rows(app)[0].state == "granted"


@pytest.mark.breadth
def test_what_is_missing_is_told_still_when_the_request_is_over(
    app: Starlette, sonia: Person, greta: Structure, link: str, clock: Clock
):
    """She needs it to ask again, or somebody else."""
    greta.answers(app, link, "lack", sentence="La date du stage.")
    at = f"/petitions/{rows(app)[0].id}"

    clock.move(days=61)
    sonia.enters()

    page = sonia.reads(at)
    assert "Votre demande est finie." in page
    assert "Il manque une chose : La date du stage. Le GRETA a écrit cette phrase." in page


def test_a_sentence_that_does_not_fit_is_said_and_stays(app: Starlette, greta: Structure, link: str):
    for sentence, fault in (("", "Écrivez ce qui manque."), ("o" * 301, "Votre phrase est trop longue.")):
        answer = greta.answers(app, link, "lack", sentence=sentence)

        assert answer.status_code == 422
        assert fault in words(answer.text)
        assert f">{sentence}</textarea>" in answer.text


def test_a_no_ends_it_and_she_may_ask_somebody_else(app: Starlette, sonia: Person, greta: Structure, link: str):
    greta.answers(app, link, "no")

    assert "C’est noté." in words(greta.page(link))
    assert "Le GRETA ne donne pas ce badge." in words(sonia.page("/path"))
    late = greta.answers(app, link, "lack", sentence="Ou plutôt oui")
    assert rows(app)[0].state == "not-ours"
    assert "Ou plutôt oui" in late.text
    seen_again = sonia.reads(f"/petitions/{rows(app)[0].id}?done=reminded")
    assert "GRETA" in seen_again
    assert "Un e-mail de plus est parti." not in seen_again, "nobody waits for an answer any more"


@pytest.mark.breadth
def test_her_path_offers_no_badge_that_she_asked_for_already_and_none_that_all_refused(
    app: Starlette, sonia: Person, greta: Structure, link: str
):
    """The next skill that she misses stands there instead; a refused one again where somebody else may be asked."""

    def offered() -> list[str]:
        return re.findall(r'href="/petitions/new\?place=([^"]*)"', sonia.page("/path"))

    [other] = offered()
    assert other != ORGANISE

    assert greta.answers(app, link, "no").status_code == 303
    assert offered() == [other]
    sonia.post("/petitions/1/end")
    assert offered() == [other]

    knows(app, "https://other.example/", "Le CFA")
    assert offered() == [ORGANISE]


def test_the_share_of_a_petition_leads_back_to_it(app: Starlette, sonia: Person, greta: Structure, link: str):
    assert greta.answers(app, link, "lack", sentence="Une photo de votre travail.").status_code == 303
    at = "/shares/1/details?changed=1"
    assert '<a class="alone" href="/petitions/1">' in sonia.page(at)
    assert "Revenir à ma demande de badge" in words(sonia.page(at))


def test_nobody_is_sent_to_somebody_else_where_nobody_else_is_known(
    app: Starlette, sonia: Person, greta: Structure, link: str
):
    """The list would name those who said no, and nobody but them."""
    greta.answers(app, link, "no")
    at = f"/petitions/{rows(app)[0].id}"

    alone = sonia.reads(at)
    assert "Nous ne connaissons personne d’autre à qui demander ici. Demandez là où vous vous formez." in alone
    assert "Demander à quelqu’un d’autre" not in alone

    knows(app, "did:web:cfa.example", "Le CFA")
    assert "Vous pouvez demander à une autre personne. Demander à quelqu’un d’autre" in sonia.reads(at)


def test_who_stopped_it_may_ask_the_same_again_where_nobody_else_is_known(app: Starlette, sonia: Person, link: str):
    (petition,) = rows(app)
    sonia.post(f"/shares/{petition.share_id}/stopping")

    assert "Vous pouvez demander à nouveau. Demander à nouveau" in sonia.reads(f"/petitions/{petition.id}")


@pytest.mark.breadth
def test_what_was_typed_stays_where_she_erased_everything_meanwhile(
    app: Starlette, sonia: Person, greta: Structure, link: str
):
    answers = {"lack": {"sentence": "Une date."}, "give": {"link": "https://greta.example/badge"}}
    greta.post(link, data={"kind": "lack"}, headers=FROM_THE_PAGE)
    (code,) = sealed_in(app, "petition-code")
    sonia.services.erasures.erase(rows(app)[0].holder_id, sonia.services.clock())
    for kind, typed in answers.items():
        data = {"kind": kind, "step": "send", "code": code} | typed
        answer = greta.post(link, data=data, headers=FROM_THE_PAGE)

        assert answer.status_code == 404, kind
        assert "Votre réponse n’est pas partie." in words(answer.text), kind
        assert f">{next(iter(typed.values()))}</textarea>" in answer.text, kind


@pytest.mark.parametrize("brings", ["file", "link"])
def test_a_badge_on_its_way_when_she_erases_everything_is_nobodys(
    app: Starlette, sonia: Person, greta: Structure, link: str, monkeypatch: pytest.MonkeyPatch, brings: str
):
    looks = web_layer.look_at_given

    def meanwhile(*what: Any) -> Any:
        found = looks(*what)
        sonia.services.erasures.erase(rows(app)[0].holder_id, sonia.services.clock())
        return found

    monkeypatch.setattr(web_layer, "look_at_given", meanwhile)
    offer = "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fgreta.example%2Foffer"
    given: dict[str, Any] = {"file": signed("organiser-1")} if brings == "file" else {"link": offer}
    answer = greta.answers(app, link, "give", **given)

    assert answer.status_code == 404
    assert "Cette page n’existe plus." in words(answer.text)
    assert rows(app, KeptBadge) == []


# --- the code ---------------------------------------------------------------------------------------------------------


@pytest.mark.breadth
def test_the_link_alone_answers_nothing(app: Starlette, greta: Structure, link: str):
    for kind in ("give", "lack", "no"):
        answer = greta.answers(app, link, kind, code="AAAA AAAA", sentence="Rien", file=signed("organiser-1"))

        assert answer.status_code == 422, kind
        assert "Ce code n’est pas le bon." in words(answer.text), kind
        assert rows(app)[0].state == "sent", kind


def test_a_code_has_three_tries_and_then_the_right_one_is_of_no_use(app: Starlette, greta: Structure, link: str):
    greta.answers(app, link, "no", code=" ")
    none = greta.answers(app, link, "no", code=" - ")
    assert none.status_code == 422
    assert "Tapez le code." in words(none.text), "three taps of whoever waited for the e-mail shut it for an hour"
    assert "Vous avez 3 essais." in words(none.text)
    for left in ("2 essais", "1 essai"):
        assert f"Vous avez {left}." in words(greta.answers(app, link, "no", code="AAAA AAAA").text)
    last = words(greta.answers(app, link, "no", code="AAAA AAAA").text)
    assert "Ce code n’est pas le bon. Attendez une heure." in last, "to look at it again is of no use"
    assert "essai." not in last

    late = greta.answers(app, link, "no")
    assert late.status_code == 429
    assert "Trop de codes ont été essayés ou envoyés. Attendez une heure." in words(late.text)
    assert rows(app)[0].state == "sent"


@pytest.mark.breadth
def test_a_file_that_a_page_could_not_keep_is_asked_for_again(app: Starlette, greta: Structure, link: str):
    wrong = greta.answers(app, link, "give", file=signed("organiser-1"), code="00000000")

    assert wrong.status_code == 422
    assert "Votre fichier n’a pas été gardé. Choisissez le fichier du badge, ou écrivez son lien." in words(wrong.text)
    assert ('id="documents-fault"' in wrong.text, 'id="code-fault"' in wrong.text) == (True, True)
    without = greta.answers(app, link, "give", link="https://greta.example/b", code="00000000")
    assert 'id="documents-fault"' not in without.text


def test_whoever_types_none_an_hour_later_is_sent_another_one(
    app: Starlette, greta: Structure, link: str, clock: Clock
):
    greta.answers(app, link, "no", code="")
    clock.move(hours=1, minutes=1)

    late = words(greta.post(link, data={"kind": "no", "step": "send", "code": ""}, headers=FROM_THE_PAGE).text)

    assert "Ce code ne marche plus. Tapez celui que nous vous envoyons maintenant." in late


def test_a_code_that_is_over_is_not_called_wrong_and_another_one_comes(
    app: Starlette, greta: Structure, link: str, clock: Clock
):
    greta.post(link, data={"kind": "lack"}, headers=FROM_THE_PAGE)
    clock.move(hours=1, seconds=1)
    (code,) = sealed_in(app, "petition-code")
    sent = {"kind": "lack", "step": "send", "sentence": "Une date.", "code": code}
    late = greta.post(link, data=sent, headers=FROM_THE_PAGE)

    assert late.status_code == 422
    assert "Ce code ne marche plus. Tapez celui que nous vous envoyons maintenant." in words(late.text)
    assert "dans un e-mail que nous vous envoyons maintenant." in words(late.text), "beside the box, too"
    assert ">Une date.</textarea>" in late.text
    again = sent | {"code": sealed_in(app, "petition-code")[-1]}
    assert greta.post(link, data=again, headers=FROM_THE_PAGE).status_code == 303


@pytest.mark.breadth
def test_where_no_code_goes_any_more_nobody_is_told_to_wait(
    app: Starlette, greta: Structure, link: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wallet.shares.petitions.answering.MOST_CODES", 1)
    greta.post(link, data={"kind": "no"}, headers=FROM_THE_PAGE)
    for _ in range(3):
        last = words(greta.answers(app, link, "no", code="AAAA AAAA").text)
    clock.move(hours=2)
    asked_for = words(greta.post(link, data={"kind": "no"}, headers=FROM_THE_PAGE).text)
    typed = words(greta.answers(app, link, "no").text)

    for page in (last, asked_for, typed):
        assert "Trop de codes sont partis pour cette demande." in page
        assert "Attendez une heure." not in page
        assert "Il est dans un e-mail" not in page


@pytest.mark.breadth
def test_one_code_an_hour_and_five_in_all_go_to_the_mailbox(app: Starlette, greta: Structure, link: str, clock: Clock):
    for _ in range(MOST_CODES + 2):
        greta.post(link, data={"kind": "no"}, headers=FROM_THE_PAGE)
        greta.post(link, data={"kind": "lack"}, headers=FROM_THE_PAGE)
        clock.move(hours=2)

    assert len(sealed_in(app, "petition-code")) == MOST_CODES
    assert {one.address for one in rows(app, Mail)} == {AT_WORK}


def test_a_code_that_is_there_is_not_said_to_be_sent_now(app: Starlette, greta: Structure, link: str, clock: Clock):
    """Nor to be in the last letter: one of another request may have come since, or a reminder of this one."""
    now, there = "dans un e-mail que nous vous envoyons maintenant.", "dans notre e-mail du 24 novembre 2026 à 11 h 12."

    first = words(greta.post(link, data={"kind": "no"}, headers=FROM_THE_PAGE).text)
    clock.move(minutes=20)
    then = words(greta.post(link, data={"kind": "lack"}, headers=FROM_THE_PAGE).text)
    wrong = words(greta.answers(app, link, "lack", code="FAUX", sentence="Une photo.").text)

    assert [now in page for page in (first, then, wrong)] == [True, False, False]
    assert [there in page for page in (first, then, wrong)] == [False, True, True]
    assert len(sealed_in(app, "petition-code")) == 1


def test_where_no_code_was_asked_for_none_is_said_to_be_anywhere(greta: Structure, link: str):
    answer = greta.post(link, data={"kind": "lack", "step": "send"}, headers=FROM_THE_PAGE)

    assert answer.status_code == 422
    assert "Il est dans" not in words(answer.text)


@pytest.mark.breadth
def test_the_code_of_one_petition_opens_no_other(app: Starlette, sonia: Person, greta: Structure, link: str):
    greta.post(link, data={"kind": "no"}, headers=FROM_THE_PAGE)
    (code,) = sealed_in(app, "petition-code")
    asked(sonia, place="normandie/adapter/practises")
    other = greta.letter(app)

    assert greta.answers(app, other, "no", code=code).status_code == 422


def test_no_secret_of_it_lies_open(app: Starlette, greta: Structure, link: str):
    greta.answers(app, link, "lack", sentence="Une date", code="")
    token, (code,) = link.rpartition("/")[2], sealed_in(app, "petition-code")
    told = repr([vars(one) for table in (Petition, Mail) for one in rows(app, table)])

    assert token not in told
    assert code not in told


def test_a_link_that_is_nobodys(greta: Structure):
    for at in (f"/demande/{accounts.new_code()}", "/demande/x", "/demande/é"):
        assert greta.get(at).status_code == 404
        assert greta.post(at, data={"kind": "no"}, headers=FROM_THE_PAGE).status_code == 404


# What the pages say, in the states of tests/fixtures/screens_petitions.py.

DONE, NO_MORE = "C’est fait.", "Nous ne vous écrirons plus à ce sujet."


def test_a_structure_is_thanked_once_and_reads_later_what_became_of_its_answer():
    for state, answer in {"lacking": "La personne lit ce qui manque.", "offered": "Sonia va l’ajouter."}.items():
        at_once, later = (drawn(*read(petition=row(state=state), done=done)) for done in ("1", ""))
        assert at_once.startswith(f"{DONE} {answer}")
        assert at_once.count(answer) == 1
        assert DONE not in later
        assert (answer in later) == (state == "offered")
    assert "Le badge de votre offre n’est pas valide maintenant." in drawn(*read(petition=row(state="not-valid")))
    assert "Votre offre a donné un autre badge." in drawn(*read(petition=row(state="unfit")))
    assert drawn(*answering("lack")).startswith("Communiquer (maîtrise). Sonia Que manque-t-il ?"), "for whom it is"
    written = {state: NO_MORE in drawn(*over(state)) for state in ("unknown", "over", "granted", "not-ours")}
    assert written == {"unknown": False, "over": False, "granted": True, "not-ours": True}


def test_she_reads_of_a_petition_how_it_stands_now_and_where_she_asks_herself():
    sent = "Votre demande est partie."
    assert drawn(*told(owned(), "sent")).startswith(sent)
    assert sent not in drawn(*told(owned(state="lacking", answer="La date."), "sent")), "an earlier address, read again"
    for seen_at in (None, NOW):
        over_now = drawn(*told(owned(state="not-ours", is_open=False, seen_at=seen_at)))
        assert over_now.endswith("D’accord") == (seen_at is None)
    by_page, by_mail = (
        drawn(*told(owned(is_mailed=False, token="T" * 26, asks_at=at)))
        for at in ("https://greta.example/b", "a@g.example")
    )
    assert "Demandez ici : greta.example/b Votre lien" in by_page
    assert "Envoyez-le à cette adresse : a@g.example Votre lien" in by_mail


def drawn(template: str, context: dict[str, Any]) -> str:
    """The words of that page, less what all pages have."""
    page = pages().render(template, "fr", **context).partition("<main")[2].partition(">")[2]
    return words(page.partition("</main>")[0])
