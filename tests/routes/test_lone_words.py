"""What somebody says of Maria's badge comes as a file of its own: she is asked, keeps it beside the badge, or not; the badge is as
it was."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.bent_offers import by_value
from tests.fixtures.fablab import Fablab
from tests.fixtures.made_once import made_once
from tests.fixtures.offered import pasted
from tests.fixtures.visits import Clock, IssuersWeb, Person, Stranger, holder, words
from tests.fixtures.vouching import REGION, retire, vouch
from tests.openbadges.support import guild
from tests.openbadges.test_endorsements import COMMENT, HALL, endorsement, token, word
from tests.openbadges.test_v2_endorsements import HALL as HALL_OF_2_0
from tests.openbadges.test_v2_endorsements import WORD as WORD_OF_2_0
from tests.openbadges.test_v2_endorsements import hall
from tests.openbadges.test_v2_endorsements import word as word_of_2_0
from tests.routes.test_archive_import import returns
from tests.routes.test_share_target import shares
from wallet import endorsements
from wallet.accounts import holders
from wallet.badges.models import KeptBadge
from wallet.endorsements import Endorsement
from wallet.storage.file_store import FileMissing, Unavailable
from wallet.web.services import Services

QUESTION = "C’est un mot sur votre badge. Voulez-vous le garder ?"
ASKED = "/badges/1?done=endorsement"
BADGE = json.dumps(guild.signed(guild.badge())).encode()


def written(document: Any) -> bytes:
    return document.encode() if isinstance(document, str) else json.dumps(document).encode()


def zipped(*documents: bytes) -> bytes:
    """A ZIP of these."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as folder:
        for number, document in enumerate(documents):
            folder.writestr(f"{number}.json", document)
    return content.getvalue()


def presented(*documents: Any) -> bytes:
    """A presentation of these."""
    return written({"@context": [guild.VC2], "type": "VerifiablePresentation", "verifiableCredential": [*documents]})


def of_guild(**members: Any) -> dict[str, Any]:
    """What the guild says of the badge under its did:web."""
    return guild.signed(endorsement(issuer=guild.WEB_DID, **members), guild.KEY, f"{guild.WEB_DID}#key-1")


def status_list(*withdrawn: int) -> bytes:
    """The guild's list, signed under its did:web."""
    made = guild.status_list(withdrawn, guild.WEB_DID)
    return written(guild.signed(made, guild.KEY, f"{guild.WEB_DID}#key-1"))


def kept(services: Services) -> list[Endorsement]:
    """The words of all wallets, removed ones too."""
    with services.database.reading() as session:
        return list(session.scalars(select(Endorsement).order_by(Endorsement.id)))


def look_again(services: Services, clock: Clock) -> None:
    """A day later: the chore looks at them."""
    clock.move(days=1, minutes=1)
    services.check_endorsements(lambda: True)


@pytest.fixture
@made_once
def maria(app: Starlette) -> Person:
    return holder(app, ("badge.json", BADGE))


@made_once
def asked(maria: Person, document: Any = None) -> None:
    """Maria is asked about what the town hall says of her badge."""
    answer = maria.brings(("mot.json", written(document or word())))
    assert (answer.status_code, answer.headers["location"]) == (303, ASKED)


@made_once
def keeps(maria: Person, number: int = 1) -> str:
    """« Garder ce mot »: the page that comes after it."""
    answer = maria.post(f"/badges/1/words/{number}/acceptance")
    assert answer.headers["location"] == "/badges/1?done=word-kept"
    return maria.reads(answer.headers["location"])


@pytest.mark.breadth
def test_maria_reads_a_word_on_her_badge_before_she_keeps_it(maria: Person) -> None:
    asked(maria)

    page = maria.reads(ASKED)
    assert QUESTION in page
    assert all(said in page for said in ("La mairie 1er février 2026", COMMENT, "Ce mot n’a pas été changé."))
    assert "Les mots sur le badge" not in page

    page = keeps(maria)
    assert QUESTION not in page
    assert "Le mot est gardé." in page
    assert "Les mots sur le badge" in page
    assert maria.has() == [1]
    assert "Souder, je maîtrise : Badge intact" in page

    again = maria.brings(("mot.json", written(word()))).headers["location"]
    assert "Vous avez déjà ce mot." in maria.reads(again)
    assert maria.brings(("mot.jwt", written(token()))).headers["location"] == again
    assert len(kept(maria.services)) == 1, "the same word is kept once"


@pytest.mark.parametrize(
    "name",
    [
        *(pytest.param(name, marks=pytest.mark.soak) for name in ("an object", "a token", "in a ZIP")),
        *("within a presentation", "with its badge in a ZIP", "as its address"),
    ],
)
@pytest.mark.breadth(beside=["as its address"])
def test_a_word_is_met_by_whichever_door_it_comes(maria: Person, web: IssuersWeb, name: str) -> None:
    web["https://mairie.example/mot"] = written(word())
    files: dict[str, bytes] = {
        "an object": written(word()),
        "a token": token().encode(),
        "within a presentation": presented(word()),
        "in a ZIP": zipped(written(word())),
        "with its badge in a ZIP": zipped(written(word()), BADGE),
    }

    answer = maria.brings(("mot", files[name])) if name in files else maria.brings(link="https://mairie.example/mot")

    assert answer.status_code in (200, 303)
    assert QUESTION in maria.reads("/badges/1")
    assert [one.badge_id for one in kept(maria.services)] == [1]


def test_a_word_that_another_app_shares_is_met_too(maria: Person) -> None:
    there = shares(maria, ("mot.json", written(word()))).headers["location"]

    assert maria.post(f"{there}/badges").headers["location"] == ASKED


@pytest.mark.parametrize("about", ["urn:uuid:b1", pytest.param("urn:uuid:b7", marks=pytest.mark.soak)])
@pytest.mark.breadth
def test_a_word_that_is_offered_is_met_too(maria: Person, web: IssuersWeb, about: str) -> None:
    fablab = web.issuer = Fablab()
    fablab.badges = dict.fromkeys(fablab.badges, token(about))
    offer = pasted(maria, by_value(fablab.offer())).headers["location"]

    answer = maria.post(f"{offer}/badges")

    if about == "urn:uuid:b1":
        assert answer.headers["location"] == ASKED
    else:
        assert "Ce mot parle d’autre chose." in words(answer.text)


@pytest.mark.breadth
def test_a_word_of_open_badges_2_0_is_what_its_address_says(maria: Person, web: IssuersWeb) -> None:
    about = "urn:uuid:b1"
    web |= {WORD_OF_2_0: written(word_of_2_0(about)), HALL_OF_2_0: written(hall())}

    asked(maria, word_of_2_0(about, claim={"id": about, "endorsementComment": "La meilleure."}))

    page = maria.reads(ASKED)
    assert COMMENT in page
    assert "La meilleure." not in page
    assert "Il vient de hall.example." in page


@pytest.mark.parametrize("about", [pytest.param("urn:uuid:a1", marks=pytest.mark.soak), guild.did()])
@pytest.mark.breadth
def test_a_word_on_what_the_badge_recognises_or_on_its_issuer_is_on_the_badge(maria: Person, about: str) -> None:
    asked(maria, word(about))

    said = {"urn:uuid:a1": "Il parle de ce que ce badge reconnaît.", guild.did(): "Il parle de l’organisme."}
    assert said[about] in maria.reads(ASKED)


def test_a_word_on_something_else_is_told_so_and_not_kept(maria: Person, visitor: Person) -> None:
    for person, document in ((maria, word("urn:uuid:b2")), (visitor, word())):
        answer = person.brings(("mot.json", written(document)))
        assert answer.status_code == 422
        assert "C’est un mot sur un badge. Ce mot parle d’autre chose." in words(answer.text)
    assert kept(maria.services) == []


def test_what_was_changed_or_taken_back_or_comes_from_another_is_not_kept(maria: Person, web: IssuersWeb) -> None:
    changed = word()
    changed["credentialSubject"]["endorsementComment"] = "La meilleure."
    web |= {guild.LIST: status_list(42), guild.DID_DOCUMENT: written(guild.did_document())}
    withdrawn = of_guild(credentialStatus=guild.status())
    of_another = guild.signed(endorsement(issuer=guild.did(guild.KEY)), HALL)

    for document, said in (
        (changed, "Ce mot a été changé. Ne vous y fiez pas."),
        (withdrawn, "Ce mot a été retiré."),
        (of_another, "La personne indiquée n’a pas écrit ce mot. Ne vous y fiez pas."),
    ):
        answer = maria.brings(("mot.json", written(document)))
        assert answer.status_code == 422
        assert said in words(answer.text), said
        assert "La meilleure." not in answer.text
    assert kept(maria.services) == []
    assert QUESTION not in maria.reads("/badges/1")


@pytest.mark.breadth
def test_what_nobody_could_verify_is_told_so_may_be_kept_and_gives_way_to_the_same_one_signed(
    maria: Person, recruiter: Stranger
) -> None:
    unsigned = {name: value for name, value in word().items() if name != "proof"}
    asked(maria, unsigned)
    assert "Nous n’avons pas pu vérifier ce mot." in maria.reads(ASKED)
    assert "Nous n’avons pas pu vérifier ce mot." in keeps(maria)
    link = maria.link_of(maria.shows(1, endorsement="1"))
    assert "Nous n’avons pas pu vérifier ce mot." in recruiter.reads(link)

    maria.brings(("mot.json", written(word())))

    assert "Ce mot n’a pas été changé." in maria.reads("/badges/1")
    assert [one.accepted_at is not None for one in kept(maria.services)] == [True]
    page = recruiter.reads(link)
    assert COMMENT in page
    assert "Nous n’avons pas pu vérifier ce mot." not in page, "who is shown it reads it at once"


def test_a_word_that_came_back_stands_again_where_it_was_shown(maria: Person, recruiter: Stranger) -> None:
    asked(maria)
    keeps(maria)
    link = maria.link_of(maria.shows(1, endorsement="1"))
    assert maria.post("/endorsements/1/withdrawal").status_code == 404, "only the town hall takes its word back"
    assert COMMENT in recruiter.reads(link)
    maria.post("/badges/1/words/1/removal")
    asked(maria)
    assert COMMENT not in recruiter.reads(link)

    keeps(maria)

    assert COMMENT in recruiter.reads(link)


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_word_comes_back_with_the_badge_that_it_is_on_and_waits_where_it_waited(
    maria: Person, app: Starlette, is_kept: bool
) -> None:
    """Maria has nothing but her archive; of what she was not asked to the end she is asked again."""
    asked(maria)
    if is_kept:
        keeps(maria)
    archive = maria.get("/archive/file").content
    with maria.services.database.writing() as session:
        holders.erase_holder(session, 1)

    returns(Person(app), archive)

    [back] = kept(maria.services)
    assert maria.services.files.read(back.document or "") == written(word())
    assert (back.badge_id is not None, back.accepted_at is not None) == (True, is_kept)


@pytest.mark.breadth
def test_maria_says_no_and_thinks_better_of_it(maria: Person) -> None:
    asked(maria)

    after = maria.post("/badges/1/words/1/removal").headers["location"]
    page = maria.reads(after)
    assert "Le mot est enlevé." in page
    assert QUESTION not in page
    maria.post("/badges/1/words/1/return")
    assert QUESTION in maria.reads("/badges/1?done=word-returned")

    keeps(maria)
    maria.post("/badges/1/words/1/removal")
    assert "Les mots sur le badge" not in maria.reads("/badges/1")
    asked(maria)
    assert QUESTION in maria.reads("/badges/1")


@pytest.mark.breadth
def test_a_word_that_came_says_nothing_of_the_badge(maria: Person, recruiter: Stranger) -> None:
    link = maria.link_of(maria.shows(1))
    before = recruiter.get(link).text
    asked(maria)

    assert COMMENT not in recruiter.get(link).text
    keeps(maria)
    assert words(recruiter.get(link).text) == words(before)


@pytest.mark.breadth
def test_whoever_vouches_for_the_town_hall_is_named_as_long_as_they_do(maria: Person) -> None:
    asked(maria)
    keeps(maria)
    assert "Nous n’avons pas vérifié le nom." in maria.reads("/badges/1")

    vouch(maria.services.database, guild.did(HALL), "La mairie")
    assert f"{REGION} confirme cet organisme." in maria.reads("/badges/1")

    retire(maria.services.database, guild.did(HALL), maria.services.clock())
    page = maria.reads("/badges/1")
    assert f"{REGION} confirme cet organisme." not in page
    assert "Nous n’avons pas vérifié le nom." in page


@pytest.mark.breadth
def test_whoever_ended_after_it_came_is_named_on_as_for_a_badge(
    maria: Person, recruiter: Stranger, clock: Clock
) -> None:
    """To her and to whoever she shows it; not where the word came later."""
    asked(maria)
    keeps(maria)
    link = maria.link_of(maria.shows(1, endorsement="1"))
    vouch(maria.services.database, guild.did(HALL), "La mairie")

    for ended, is_named in ((clock() + timedelta(minutes=1), True), (clock() - timedelta(days=1), False)):
        retire(maria.services.database, guild.did(HALL), ended, why="ended")
        clock.move(minutes=2)
        for page in (maria.reads("/badges/1"), recruiter.get(link).text):
            assert (f"{REGION} confirme cet organisme." in words(page)) is is_named


@pytest.mark.breadth
def test_what_speaks_against_whoever_says_it_is_told_to_her_and_to_whoever_she_shows_it(
    maria: Person, recruiter: Stranger
) -> None:
    asked(maria)
    keeps(maria)
    link = maria.link_of(maria.shows(1, endorsement="1"))
    vouch(maria.services.database, "did:web:mairie.example", "La mairie")
    looks = "Ce nom ressemble à « La mairie ». L’adresse n’est pas la même."
    for page in (maria.reads("/badges/1"), recruiter.reads(link)):
        assert looks in page

    vouch(maria.services.database, guild.did(HALL), "La mairie")
    for page in (maria.reads("/badges/1"), recruiter.reads(link)):
        assert looks not in page
    retire(maria.services.database, guild.did(HALL), maria.services.clock())
    for page in (maria.reads("/badges/1"), recruiter.reads(link)):
        assert "Cet organisme n’est plus sur la liste depuis le 24 novembre 2026." in page


def test_nobody_else_answers_for_marias_word(maria: Person, app: Starlette) -> None:
    asked(maria)
    other = holder(app, ("autre.json", json.dumps(guild.signed(guild.badge(id="urn:uuid:b9"))).encode()))

    for act in ("acceptance", "removal", "return"):
        for badge in (1, other.has()[0]):
            assert other.post(f"/badges/{badge}/words/1/{act}").status_code == 404
    assert QUESTION in maria.reads("/badges/1")


class TestWhatTheTownHallTakesBack:
    """Of a word that names the list in which it would be."""

    @pytest.fixture
    def listed(self, maria: Person, web: IssuersWeb) -> Person:
        web |= {guild.LIST: status_list(), guild.DID_DOCUMENT: written(guild.did_document())}
        asked(maria, of_guild(credentialStatus=guild.status()))
        keeps(maria)
        return maria

    def test_is_taken_back_here_for_good_and_not_by_silence(
        self, listed: Person, web: IssuersWeb, clock: Clock
    ) -> None:
        web.pop(guild.LIST)
        look_again(listed.services, clock)
        assert "Ce mot n’a pas été changé." in listed.reads("/badges/1"), "silence takes nothing back"
        with listed.services.database.reading() as session:
            before = session.get_one(KeptBadge, 1).edition

        web[guild.LIST] = status_list(42)
        look_again(listed.services, clock)
        assert "Ce mot a été retiré." in listed.reads("/badges/1")
        with listed.services.database.reading() as session:
            assert session.get_one(KeptBadge, 1).edition != before, "another page of its badge"

        web[guild.LIST] = status_list()
        look_again(listed.services, clock)
        assert "Ce mot a été retiré." in listed.reads("/badges/1")

    def test_is_not_asked_about_again_while_its_list_is_silent(
        self, listed: Person, web: IssuersWeb, clock: Clock
    ) -> None:
        web[guild.LIST] = status_list(42)
        look_again(listed.services, clock)
        web.pop(guild.LIST)
        clock.move(minutes=10)

        answer = listed.brings(("mot.json", written(of_guild(credentialStatus=guild.status()))))

        assert (answer.status_code, "Ce mot a été retiré." in words(answer.text)) == (422, True)
        assert len(kept(listed.services)) == 1
        web[guild.LIST] = status_list()
        clock.move(minutes=10)
        asked(listed, of_guild(credentialStatus=guild.status()))  # the guild itself says that it stands


def test_a_word_that_has_ended_is_told_so_without_another_look(maria: Person, clock: Clock) -> None:
    asked(maria, word(validUntil="2026-12-01T00:00:00Z"))
    keeps(maria)
    assert "Ce mot n’est plus valable." not in maria.reads("/badges/1")

    clock.move(days=10)

    assert "Ce mot n’est plus valable." in maria.reads("/badges/1")


def test_what_is_not_answered_for_goes(maria: Person, clock: Clock) -> None:
    asked(maria)
    clock.move(days=29)
    look_again(maria.services, clock)
    assert [one.removed_at for one in kept(maria.services)] == [maria.services.clock()]


def test_one_word_of_a_host_is_looked_at_in_a_round(maria: Person, web: IssuersWeb, clock: Clock) -> None:
    web[guild.DID_DOCUMENT] = written(guild.did_document())
    for number in range(3):
        asked(maria, of_guild(id=f"urn:e{number}"))
    web.asked.clear()

    look_again(maria.services, clock)
    assert web.asked == [guild.DID_DOCUMENT]
    clock.move(minutes=6)
    maria.services.check_endorsements(lambda: True)
    assert web.asked == [guild.DID_DOCUMENT] * 2


class TestWhatWasKeptAsABadgeOnce:
    """Before words were told from badges."""

    @pytest.fixture
    @staticmethod
    @made_once
    def older(maria: Person) -> Person:
        """Maria has what the town hall says of her badge as a badge of its own."""
        TestWhatWasKeptAsABadgeOnce.brings_no_badge(maria)
        TestWhatWasKeptAsABadgeOnce.becomes(maria, word())
        return maria

    @staticmethod
    def brings_no_badge(maria: Person) -> None:
        """A credential of another kind, kept as her second badge."""
        plain = endorsement(id="urn:uuid:e1")
        plain["type"] = ["VerifiableCredential"]
        plain["@context"] = [guild.VC2]
        plain["credentialSubject"] = {"id": "urn:uuid:b1"}
        plain["issuer"] = guild.did(HALL)
        maria.brings(("mot.json", written(guild.signed(plain, HALL))))

    @staticmethod
    def becomes(maria: Person, document: Any) -> None:
        name = maria.services.files.keep(written(document))
        with maria.services.database.writing() as session:
            kept = session.get_one(KeptBadge, 2)
            kept.document = name
            # An examination of before has nothing of what others say in a badge.
            kept.examination = {name: told for name, told in kept.examination.items() if name != "endorsements"}

    def test_is_put_with_its_badge(self, older: Person) -> None:
        assert "C’est un mot sur un badge." not in older.reads("/badges/1"), "that one is a badge"
        assert older.post("/badges/1/words").headers["location"] == "/badges/1?done=unreadable"
        assert sorted(older.has()) == [1, 2]
        assert "C’est un mot sur un badge." in older.reads("/badges/2")

        after = older.post("/badges/2/words").headers["location"]

        assert after == "/badges/1?done=word-moved"
        page = older.reads(after)
        assert "Le mot est maintenant avec son badge." in page
        assert COMMENT in page
        assert QUESTION not in page
        assert older.has() == [1]

    @pytest.mark.parametrize("problem", [FileMissing, Unavailable])
    def test_stays_a_badge_while_its_file_is_not_to_be_had(
        self, older: Person, monkeypatch: pytest.MonkeyPatch, problem: type[Exception]
    ) -> None:
        def gone(*_: object) -> bytes:
            raise problem

        monkeypatch.setattr(type(older.services.files), "read", gone)

        assert "C’est un mot sur un badge." not in older.reads("/badges/2")
        if problem is FileMissing:
            assert older.post("/badges/2/words").headers["location"] == "/badges/2?done=unreadable"
        assert sorted(older.has()) == [1, 2]

    def test_what_came_since_is_shown_without_its_file(self, maria: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        """A page that waits for the database alone would wait for a slow shelf in the threads of all."""
        self.brings_no_badge(maria)
        asked = list[str]()
        monkeypatch.setattr(type(maria.services.files), "read", lambda _, name: asked.append(name))

        assert maria.get("/badges/2").status_code == 200
        assert asked == []

    def test_stays_where_it_is_if_it_is_about_something_else(self, older: Person) -> None:
        self.becomes(older, word("urn:uuid:b7"))

        after = older.post("/badges/2/words").headers["location"]

        assert "Ce mot parle d’autre chose." in older.reads(after)
        assert sorted(older.has()) == [1, 2]
        assert kept(older.services) == []


def test_a_wallet_that_is_full_of_words_takes_no_more(maria: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(maria)
    monkeypatch.setattr(endorsements.lone_files, "MOST_ENDORSEMENTS", 1)

    answer = maria.brings(("mot.json", written(word(id="urn:uuid:e2"))))

    assert "Vous avez trop de mots. Enlevez-en un, puis essayez encore." in words(answer.text)
    assert "S’il n’y a toujours pas de place, essayez encore demain." in words(answer.text), "it can be put back today"
    assert len(kept(maria.services)) == 1
