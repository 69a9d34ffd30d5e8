"""Words of others in a share: Sonia shows what Nadia said of her moment, to this employer and to nobody else."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from tests.fixtures.asked import asks, gives
from tests.fixtures.examined import NOW, another, found, keeps, somebody_with_a_key
from tests.fixtures.made_once import rows_made_once
from tests.fixtures.moments import Teller, a_recording
from tests.fixtures.vouching import vouched
from wallet import endorsements
from wallet.badges import badges, told_at
from wallet.badges.models import KeptBadge
from wallet.endorsements import keeping, views
from wallet.endorsements.keeping import SignedDocument
from wallet.endorsements.models import Endorsement
from wallet.evidence import editing as editing_of_moments
from wallet.evidence.models import Evidence
from wallet.shares import editing, editions, lasting_page, lifecycle, owner_view, public_view, shown_endorsements
from wallet.shares.editing import EditContext
from wallet.shares.evidence_snapshots import EvidenceSnapshot
from wallet.shares.lasting_page import CommentSwitch, Turn
from wallet.shares.models import Choice
from wallet.shares.public_view import OpenShare, PublicShare, Standpoint
from wallet.shares.shown_endorsements import EndorsementChoice, EndorsementInShare, ShownEndorsement
from wallet.storage.database import Database, Missing
from wallet.storage.files import Folder
from wallet.storage.keyring import Keyring
from wallet.trust import NO_REGISTERS, Fact, Register, Registers, Row

LATER = NOW + timedelta(hours=1)
WEEK = timedelta(days=7)
SAID = {
    "endorser": {"id": "https://mairie.exemple.fr", "name": "La mairie d’Alençon"},
    "about": "badge",
    "by": "other",
    "comment": "Un bon travail.",
    "said_on": None,
    "state": "valid",
    "binding": "proven",
    "intact": "passed",
    "bound": "passed",
    "reason": "",
}


def gets(wallets: Database, holder: int, moment: int, key: str, mark: bytes | None = None) -> int:
    """A word that the holder reads and keeps."""
    id = gives(wallets, asks(wallets, holder, moment, key), mark=mark)
    with wallets.writing() as session:
        keeping.prepare_acceptance(session, holder, id, NOW)
        keeping.accept_endorsement(session, holder, id, SignedDocument("d" * 64, 1_000), NOW)
    return id


@rows_made_once
def begin(wallets: Database) -> tuple[int, list[int], int, int]:
    """A holder, their two badges, a moment of the first one, and a word on it."""
    holder = somebody_with_a_key(wallets)
    badges = keeps(wallets, holder, *(found(another(n, name=f"n° {n}")) for n in range(2)))
    moment = Teller(wallets, Folder(Path()), holder).tells(badges[0])
    return holder, badges, moment, gets(wallets, holder, moment, "1")


class Sonia:
    """She has two badges and a moment of the first one, on which Nadia gave her word."""

    def __init__(self, wallets: Database, keyring: Keyring, folder: Path) -> None:
        self.wallets, self.keyring = wallets, keyring
        self.holder, self.badges, self.moment, self.word = begin(wallets)
        self.teller = Teller(wallets, Folder(folder), self.holder)
        self.token = self.id = 0  # until something is shown

    def gets(self, key: str, mark: bytes | None = None) -> int:
        """Another word that she reads and keeps."""
        return gets(self.wallets, self.holder, self.moment, key, mark)

    def choice(self, *words: int, **more: Any) -> Choice:
        chosen = {EndorsementChoice(id=one) for one in words}
        usual = {"badge_ids": self.badges, "ends_at": NOW + WEEK, "pairs": [(self.badges[0], self.moment)]}
        return Choice(**(usual | {"endorsements": chosen, "name": "Sonia"} | more))

    def shows(self, *words: int, **more: Any) -> None:
        with self.wallets.writing() as session:
            made = lifecycle.create_share(session, self.holder, self.choice(*words, **more), self.keyring.seal, NOW)
            self.id, self.token = made.id, self.keyring.unseal(made.token_sealed, "share-token").decode()

    def changes(self, choice: Choice, context: EditContext = editing.AS_IT_IS) -> None:
        with self.wallets.writing() as session:
            editing.change_share(session, self.holder, self.id, choice, LATER, context)

    def door(self) -> OpenShare:
        return public_view.find_open_share(self.wallets, self.token, LATER)

    def page(self, registers: Registers | None = None) -> PublicShare:
        standpoint = Standpoint(now=LATER, **({"registers": registers} if registers else {}))
        with self.wallets.reading() as session:
            return public_view.view_share(session, self.token, standpoint)

    def under(self) -> list[EndorsementInShare]:
        """What stands under her story."""
        page = self.page()
        return page.endorsements_under(page.stories[0])

    def says_in_badge(self, *words: dict[str, Any]) -> None:
        with self.wallets.writing() as session:
            kept = session.get_one(KeptBadge, self.badges[0])
            kept.examination = kept.examination | {"endorsements": list(words)}

    def choices(self) -> set[EndorsementChoice]:
        with self.wallets.reading() as session:
            return public_view.shown_words(session, self.id)

    def remembers(self) -> list[tuple[str, str]]:
        with self.wallets.reading() as session:
            told = owner_view.get_owned_share(session, self.holder, self.id, self.keyring.unseal, LATER)
        return [(one.name, one.state) for one in told.endorsements]


@pytest.fixture
def sonia(wallets: Database, tmp_path: Path) -> Sonia:
    return Sonia(wallets, Keyring(tmp_path / "keys.json"), tmp_path / "files")


@pytest.mark.breadth(beside=["sqlite"])
def test_she_shows_nadias_word_to_whom_she_chooses_and_to_nobody_else(sonia: Sonia):
    sonia.shows(sonia.word)
    [one] = sonia.under()
    sonia.shows()

    assert (one.view.name, one.view.role, one.view.sentence) == (
        "Nadia Martin",
        "cheffe d’équipe",
        "Elle a gardé son calme.",
    )
    assert sonia.under() == []


@pytest.mark.breadth
def test_what_she_looks_at_beforehand_is_what_is_shown(sonia: Sonia):
    with sonia.wallets.reading() as session:
        seen = public_view.preview_share(session, sonia.holder, sonia.choice(sonia.word), Standpoint(now=LATER), str)
    sonia.shows(sonia.word)

    assert [one.view for one in seen.endorsements_under(seen.stories[0])] == [one.view for one in sonia.under()]
    assert seen.endorsements


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_taken_back_nothing_of_it_is_shown_from_that_moment_on(sonia: Sonia):
    sonia.shows(sonia.word)
    before = sonia.door().edition
    with sonia.wallets.writing() as session:
        keeping.withdraw_kept(session, sonia.holder, sonia.word, LATER)

    [one] = sonia.under()
    assert one.view.is_withdrawn
    assert (one.view.name, one.view.sentence, one.view.has_document) == ("", "", False)
    assert sonia.door().edition != before
    assert sonia.remembers() == [("", "withdrawn")]


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_removed_it_is_shown_no_more_and_put_back_it_is_there_again(sonia: Sonia):
    sonia.shows(sonia.word)
    before = sonia.door().edition
    with sonia.wallets.writing() as session:
        keeping.remove_endorsement(session, sonia.holder, sonia.word, LATER)

    assert sonia.under() == []
    assert sonia.door().edition != before
    sonia.changes(sonia.choice())
    with sonia.wallets.writing() as session:
        keeping.restore_endorsement(session, sonia.holder, sonia.word, LATER)
    assert len(sonia.under()) == 1


@pytest.mark.breadth
def test_where_she_tells_it_otherwise_nadias_word_is_put_aside(sonia: Sonia):
    sonia.shows(sonia.word)
    sonia.teller.answers(sonia.moment, "facts", "Dix clients étaient en colère.", LATER)

    assert len(sonia.under()) == 1  # what is shown is what Nadia read
    sonia.changes(sonia.choice(sonia.word), EditContext(keeps_moments=True))
    assert len(sonia.under()) == 1
    sonia.changes(sonia.choice(sonia.word))
    assert sonia.under() == []
    with sonia.wallets.reading() as session:
        moments = {sonia.moment: public_view.view_share(session, sonia.token, Standpoint(now=LATER)).hung[0].told}
        [offered] = shown_endorsements.offered_endorsements(session, sonia.holder, [], moments, LATER)
    assert offered.is_aside


def test_a_word_whose_story_she_erased_for_good_is_not_offered_as_one_on_a_badge(sonia: Sonia):
    with sonia.wallets.writing() as session:
        session.execute(delete(Evidence).where(Evidence.id == sonia.moment))

    with sonia.wallets.reading() as session:
        kept = [session.get_one(KeptBadge, one) for one in sonia.badges]
        assert endorsements.view_endorsements(session, [sonia.word], LATER)[sonia.word].evidence_id is None
        assert shown_endorsements.offered_endorsements(session, sonia.holder, kept, {}, LATER) == []


def test_a_story_that_stays_as_it_was_is_told_so_under_another_badge_too(sonia: Sonia):
    first, second = sonia.badges
    with sonia.wallets.writing() as session:
        editing_of_moments.set_badges(session, sonia.holder, sonia.moment, sonia.badges)
    sonia.shows(sonia.word, pairs=[(second, sonia.moment)])
    sonia.teller.answers(sonia.moment, "facts", "Dix clients étaient en colère.", LATER)

    both = [(first, sonia.moment), (second, sonia.moment)]
    sonia.changes(sonia.choice(sonia.word, pairs=both), EditContext(keeps_moments=True))

    assert len({one.text for one in sonia.page().hung}) == 1
    assert len(sonia.under()) == 1, "Nadia read it"


@pytest.mark.breadth
def test_what_was_taken_off_since_counts_neither_for_a_word_nor_against_it(sonia: Sonia):
    """Nadia read a text; a voice came, and went."""

    def switches() -> list[CommentSwitch]:
        with sonia.wallets.reading() as session:
            share = lasting_page.find_page(session, sonia.holder)
            assert share is not None
            chosen = lasting_page.shown_choice(session, share)
            return lasting_page.comment_switches(session, share, sonia.holder, chosen, [], LATER)

    voice = sonia.teller.attaches(sonia.moment, a_recording(), "voix.webm")
    page = sonia.choice(sonia.word, is_page=True)
    with sonia.wallets.writing() as session:
        lasting_page.create_page(session, sonia.holder, page, sonia.keyring.seal, NOW)
    assert [one.is_aside for one in switches()] == [True]

    with sonia.wallets.writing() as session:
        editing_of_moments.remove_attachment(session, sonia.holder, sonia.moment, voice, LATER)

    assert [(one.is_aside, one.can_turn) for one in switches()] == [(False, True)], "nothing else is told there"


@pytest.mark.breadth
def test_a_word_stands_under_no_moment_of_which_nothing_is_told_any_more(sonia: Sonia):
    """Of what Nadia heard nothing is left but the place."""
    sonia.shows(sonia.word)
    voice = sonia.teller.attaches(sonia.moment, a_recording(), "voix.webm")
    heard = [{"id": voice, "kind": "recording"}]
    with sonia.wallets.writing() as session:
        word = session.get_one(Endorsement, sonia.word)
        word.told = (word.told or {}) | {"attachments": heard}
        [shown] = session.scalars(select(EvidenceSnapshot)).all()
        shown.told = shown.told | {"sentence": "", "said": [], "attachments": heard}
    assert len(sonia.under()) == 1

    with sonia.wallets.writing() as session:
        editing_of_moments.remove_attachment(session, sonia.holder, sonia.moment, voice, LATER)
    assert sonia.under() == []
    with sonia.wallets.writing() as session:
        editing_of_moments.restore_attachment(session, sonia.holder, sonia.moment, voice, LATER)
    assert len(sonia.under()) == 1


def test_a_word_is_not_shown_without_its_moment(sonia: Sonia):
    sonia.shows(sonia.word, pairs=[])

    assert sonia.page().endorsements == []
    assert sonia.choices() == set()


@pytest.mark.breadth(beside=["sqlite"])
def test_what_waits_to_be_read_and_what_is_somebody_elses_is_left_out(sonia: Sonia):
    waiting = gives(sonia.wallets, asks(sonia.wallets, sonia.holder, sonia.moment, "2"))
    other = somebody_with_a_key(sonia.wallets)
    with sonia.wallets.writing() as session:
        session.execute(update(Endorsement).where(Endorsement.id == sonia.word).values(holder_id=other))
    sonia.shows(waiting, sonia.word, 4_000)

    assert sonia.page().endorsements == []


@pytest.mark.breadth
def test_a_word_that_stays_keeps_its_address_when_the_share_is_changed(sonia: Sonia):
    sonia.shows(sonia.word)
    [before] = sonia.under()
    sonia.changes(sonia.choice(sonia.word, sonia.gets("2")))

    assert [one.id == before.id for one in sonia.under()] == [True, False]
    with sonia.wallets.reading() as session:
        [edition] = editions.list_editions(session, sonia.id)
        assert [one["endorsement_id"] for one in edition.told["endorsements"]] == [sonia.word]
        assert "Nadia" not in str(edition.told)  # what she takes back stays nowhere
        assert "Nadia" not in str([one.told for one in session.scalars(select(ShownEndorsement))])


def test_after_three_years_it_is_shown_no_more(sonia: Sonia):
    sonia.shows(sonia.word)
    assert sonia.page().right_until(Standpoint(now=LATER)) is not None
    with sonia.wallets.writing() as session:
        session.execute(update(Endorsement).values(ends_at=LATER))

    assert sonia.under() == []
    assert sonia.remembers() == [("Nadia Martin", "over")]


@pytest.mark.breadth
def test_what_proves_who_said_it_is_told_with_what_a_list_says_of_that_site(sonia: Sonia):
    by_mail = sonia.gets("2", mark=b"m" * 32)
    sonia.shows(by_mail)
    assert (sonia.under()[0].view.mail_domain, sonia.under()[0].view.facts) == ("jardins-perche.fr", ())

    of_list = Register(key="siae", name="Marché de l’inclusion", kind="public-list")
    fact = Fact(register=of_list, name="Les Jardins du Perche", host="www.jardins-perche.fr")
    told = sonia.page(Registers(facts=[fact]))
    assert [one.list for one in told.endorsements[0].view.facts] == ["Marché de l’inclusion"]
    near = replace(fact, host="jardins-perche.fr.exemple.net")
    assert not sonia.page(Registers(facts=[near])).endorsements[0].view.facts


@pytest.mark.breadth
def test_that_the_site_is_of_a_siae_is_told_only_where_sonia_shows_that(sonia: Sonia):
    by_mail = sonia.gets("2", mark=b"m" * 32)
    of_list = Register(key="siae", name="Marché de l’inclusion", kind="public-list", tells_siae=True)
    listed = Registers(facts=(Fact(register=of_list, name="Les Jardins du Perche", host="www.jardins-perche.fr"),))
    sonia.shows(by_mail)
    quiet = [one.view.facts for one in sonia.page(listed).endorsements]
    sonia.shows(by_mail, shows_siae=True)

    assert quiet == [()]
    assert [one.view.facts[0].list for one in sonia.page(listed).endorsements] == ["Marché de l’inclusion"]


def test_nobody_ends_the_quotation_marks_in_which_their_words_stand(sonia: Sonia):
    proof = "Cette personne a reçu un code à son adresse : mairie.fr."
    with sonia.wallets.writing() as session:
        session.execute(update(Endorsement).values(sentence=f"Bien. » {proof} «", organisation=f"Nous » {proof}"))
    sonia.shows(sonia.word)

    seen = sonia.under()[0].view
    assert (seen.sentence, seen.organisation) == (f"Bien. › {proof} ‹", f"Nous › {proof}")


@pytest.mark.breadth
def test_that_it_was_in_a_siae_is_told_only_where_sonia_shows_that(sonia: Sonia):
    with sonia.wallets.writing() as session:
        session.execute(update(Endorsement).values(setting="siae"))
    sonia.shows(sonia.word)
    quiet = sonia.under()[0].view
    sonia.shows(sonia.word, shows_siae=True)

    assert quiet.setting == ""
    assert sonia.under()[0].view.setting == "siae"


def test_where_the_names_are_hidden_neither_its_file_nor_a_sentence_with_her_name_is_shown(sonia: Sonia):
    with sonia.wallets.writing() as session:
        kept = session.get_one(KeptBadge, sonia.badges[0])
        kept.read = kept.read | {"recipient_name": "Sonia Lemarchand"}
        told = {"sentence": "Madame Lemarchand reste calme.", "role": "tutrice de Sonia Lemarchand"}
        session.execute(update(Endorsement).values(organisation="Lemarchand et fils", **told))
    sonia.shows(sonia.word, hides_name=True)

    seen = sonia.under()[0].view
    assert (seen.name, seen.role, seen.organisation, seen.sentence) == ("Nadia Martin", "", "", "")
    assert not seen.has_document


@pytest.mark.breadth(beside=["sqlite"])
def test_where_the_names_are_hidden_no_site_and_no_list_tells_hers(sonia: Sonia):
    by_mail = sonia.gets("2", mark=b"m" * 32)
    with sonia.wallets.writing() as session:
        kept = session.get_one(KeptBadge, sonia.badges[0])
        kept.read = kept.read | {"recipient_name": "Sonia Lemarchand"}
    sonia.says_in_badge(SAID | {"endorser": {"id": "https://sonia-lemarchand.fr", "name": "Sonia"}, "by": "holder"})
    with sonia.wallets.reading() as session:
        [in_badge] = views.views_in_badge(sonia.badges[0], session.get_one(KeptBadge, sonia.badges[0]).said, NOW)
    of_list = Register(key="qualiopi", name="Qualiopi", kind="public-list")
    listed = Registers(facts=[Fact(register=of_list, name="Lemarchand et fils", host="jardins-perche.fr")])
    chosen = {EndorsementChoice(id=by_mail), shown_endorsements.choice_of(in_badge)}
    sonia.shows(endorsements=chosen, hides_name=True)

    by_mail_seen, in_badge_seen = (one.view for one in sonia.page(listed).endorsements)
    assert (by_mail_seen.mail_domain, by_mail_seen.facts) == ("jardins-perche.fr", ())
    assert (in_badge_seen.name, in_badge_seen.site, in_badge_seen.sentence) == ("", "", SAID["comment"])
    with sonia.wallets.writing() as session:
        session.execute(update(Endorsement).values(mail_domain="lemarchand-fils.fr"))
    sonia.shows(endorsements=chosen, hides_name=True)
    assert sonia.page().endorsements[0].view.mail_domain == ""


@pytest.mark.breadth
def test_nor_does_a_name_that_looks_like_hers(sonia: Sonia):
    with sonia.wallets.writing() as session:
        kept = session.get_one(KeptBadge, sonia.badges[0])
        kept.read = kept.read | {"recipient_name": "Sonia Lemarchand"}
    sonia.says_in_badge(SAID | {"endorser": {"id": "https://autre.exemple.fr", "name": "Lemarchand et fils"}})
    with sonia.wallets.reading() as session:
        [in_badge] = views.views_in_badge(sonia.badges[0], session.get_one(KeptBadge, sonia.badges[0]).said, NOW)
    of_region = Register(key="region", name="La région", kind="operator")
    vouched = Registers(rows=[Row(register=of_region, match="https://lemarchand.fr", name="Lemarchand et fils")])

    for hides_name, alike in ((False, "Lemarchand et fils"), (True, "")):
        sonia.shows(endorsements={shown_endorsements.choice_of(in_badge)}, hides_name=hides_name)
        assert sonia.page(vouched).endorsements[0].view.vouching.alike == alike


@pytest.mark.breadth
def test_a_word_in_a_badge_is_chosen_by_its_mark_and_shown_with_that_badge(sonia: Sonia):
    sonia.says_in_badge(SAID, SAID | {"comment": "Autre chose.", "about": "other"}, SAID | {"intact": "failed"})
    with sonia.wallets.reading() as session:
        kept = session.get_one(KeptBadge, sonia.badges[0])
        offered = shown_endorsements.offered_endorsements(session, sonia.holder, [kept], {}, LATER)
    assert [one.view.sentence for one in offered] == ["Un bon travail."]
    sonia.shows(endorsements={offered[0].choice})

    place = next(place for place, id in _places(sonia).items() if id == sonia.badges[0])
    assert [one.view.sentence for one in sonia.page().endorsements_of(place)] == ["Un bon travail."]
    assert sonia.choices() == {offered[0].choice}
    sonia.says_in_badge(SAID | {"state": "revoked"})
    assert [one.view.is_withdrawn for one in sonia.page().endorsements] == [True]
    sonia.says_in_badge(SAID | {"intact": "failed"})
    assert sonia.page().endorsements == []
    sonia.says_in_badge(SAID | {"comment": "Un très bon travail."})
    assert sonia.page().endorsements == []


def test_nobody_checked_a_word_in_a_badge_whose_document_is_lost(sonia: Sonia):
    gone = SAID | {"comment": "Un mot retiré.", "state": "revoked"}
    sonia.says_in_badge(SAID, gone)
    chosen = [one.mark for one in views.views_in_badge(sonia.badges[0], [SAID], LATER)]
    sonia.shows(endorsements={EndorsementChoice(badge_id=sonia.badges[0], mark=mark) for mark in chosen})
    assert [(one.view.worth, one.view.site) for one in sonia.page().endorsements] == [("good", "mairie.exemple.fr")]

    with sonia.wallets.writing() as session:
        kept = session.get_one(KeptBadge, sonia.badges[0])
        badges.note_loss(kept, LATER)
        assert [(one.worth, one.site, one.by) for one in kept.card.endorsements] == [
            ("unverified", "", "other"), ("withdrawn", "mairie.exemple.fr", "other")
        ]  # fmt: skip

    assert [(one.view.worth, one.view.site) for one in sonia.page().endorsements] == [("unverified", "")]


@pytest.mark.parametrize(("ended", "standing"), [(LATER, "vouched"), (NOW, "site")])
def test_whoever_ended_after_their_word_in_a_badge_was_kept_vouches_on_for_others_as_for_its_holder(
    sonia: Sonia, ended: datetime, standing: str
):
    sonia.says_in_badge(SAID)
    [chosen] = views.views_in_badge(sonia.badges[0], [SAID], LATER)
    sonia.shows(endorsements={EndorsementChoice(badge_id=sonia.badges[0], mark=chosen.mark)})
    known = vouched(SAID["endorser"]["id"], "La mairie", retired_at=ended, why="ended")

    with sonia.wallets.reading() as session:
        [told] = public_view.view_share(session, sonia.token, Standpoint(now=LATER, registers=known)).endorsements
        [hers] = told_at(session.get_one(KeptBadge, sonia.badges[0]).card, known, LATER).endorsements
    assert (told.view.vouching.standing, hers.trust.standing) == (standing, standing)
    assert told.view.vouching == hers.trust


def test_a_word_in_a_badge_is_shown_until_it_ends_whenever_it_was_looked_at(sonia: Sonia):
    end = LATER + timedelta(minutes=1)
    sonia.says_in_badge(SAID | {"ends": end.isoformat()})
    [chosen] = views.views_in_badge(sonia.badges[0], [SAID], LATER)
    sonia.shows(endorsements={EndorsementChoice(badge_id=sonia.badges[0], mark=chosen.mark)})

    assert len(sonia.page().endorsements) == 1
    assert sonia.page().right_until(Standpoint(now=LATER)) == end
    with sonia.wallets.reading() as session:
        assert public_view.view_share(session, sonia.token, Standpoint(now=end)).endorsements == []
        kept = session.get_one(KeptBadge, sonia.badges[0])
        assert [one.worth for one in told_at(kept.card, NO_REGISTERS, LATER).endorsements] == ["good"]
        assert [one.worth for one in told_at(kept.card, NO_REGISTERS, end).endorsements] == ["ended"]
        assert shown_endorsements.offered_endorsements(session, sonia.holder, [kept], {}, end) == []


def test_with_a_badge_that_comes_back_come_the_words_in_it_and_on_its_moments(sonia: Sonia):
    sonia.says_in_badge(SAID)
    with sonia.wallets.reading() as session:
        kept = session.get_one(KeptBadge, sonia.badges[0])
        [in_badge] = shown_endorsements.offered_endorsements(session, sonia.holder, [kept], {}, LATER)
    chosen = {in_badge.choice, EndorsementChoice(id=sonia.word)}
    sonia.shows(endorsements=chosen)
    before = {one.id for one in sonia.page().endorsements}
    with sonia.wallets.writing() as session:
        badges.remove_badge(session, sonia.holder, sonia.badges[0], NOW)

    sonia.changes(sonia.choice(badge_ids=sonia.badges[1:], pairs=[], word="Bonjour"))
    assert sonia.page().endorsements == []
    with sonia.wallets.writing() as session:
        badges.restore_badge(session, sonia.holder, sonia.badges[0], LATER)

    assert len(before) == 2
    assert {one.id for one in sonia.page().endorsements} == before
    sonia.changes(sonia.choice(word="Bonjour"))
    assert sonia.page().endorsements == []


def test_its_file_is_given_while_the_page_tells_it(sonia: Sonia):
    sonia.shows(sonia.word)
    [one] = sonia.under()
    with sonia.wallets.reading() as session:
        given = public_view.shared_endorsement(session, sonia.token, one.id, LATER)
        assert given.id == sonia.word
    with sonia.wallets.writing() as session:
        keeping.withdraw_kept(session, sonia.holder, sonia.word, LATER)
    with sonia.wallets.reading() as session, pytest.raises(Missing):
        public_view.shared_endorsement(session, sonia.token, one.id, LATER)


def test_on_her_page_it_has_a_switch_and_goes_with_its_moment(sonia: Sonia):
    with sonia.wallets.writing() as session:
        page = lasting_page.create_page(
            session, sonia.holder, sonia.choice(is_page=True, ends_at=None), sonia.keyring.seal, NOW
        )
        sonia.id, sonia.token = page.id, sonia.keyring.unseal(page.token_sealed, "share-token").decode()

    def turns(*, is_on: bool, **more: Any) -> list[bool]:
        turn = Turn(is_on=is_on, **({"what": "comment", "endorsement": EndorsementChoice(id=sonia.word)} | more))
        with sonia.wallets.writing() as session:
            lasting_page.turn_switch(session, sonia.holder, turn, LATER)
        with sonia.wallets.reading() as session:
            share = lasting_page.find_page(session, sonia.holder)
            assert share is not None
            chosen = lasting_page.shown_choice(session, share)
            switches = lasting_page.comment_switches(session, share, sonia.holder, chosen, [], LATER)
            return [one.is_on for one in switches if one.can_turn]

    assert turns(is_on=True) == [True]
    assert len(sonia.page().endorsements) == 1
    assert turns(is_on=False, what="moment", ids=frozenset({sonia.moment}), endorsement=None) == []
    assert sonia.page().endorsements == []
    assert turns(is_on=True, what="moment", ids=frozenset({sonia.moment}), endorsement=None) == [False]
    assert turns(is_on=True) == [True]
    with sonia.wallets.writing() as session:
        moved = lasting_page.move_page(session, sonia.holder, sonia.id, sonia.keyring.seal, LATER)
        sonia.id, sonia.token = moved.id, sonia.keyring.unseal(moved.token_sealed, "share-token").decode()
    assert len(sonia.page().endorsements) == 1
    assert turns(is_on=False) == [False]


@pytest.mark.parametrize(
    ("written", "choice"),
    [
        ("12", EndorsementChoice(id=12)),
        ("7-" + "m" * 43, EndorsementChoice(badge_id=7, mark="m" * 43)),
        ("7-a-b_c", EndorsementChoice(badge_id=7, mark="a-b_c")),
        ("", None),
        ("-m", None),
        ("٣", None),
        ("7" * 40, None),
        ("7-" + "m" * 44, None),
    ],
)
def test_what_a_form_says_of_a_word(written: str, choice: EndorsementChoice | None):
    assert shown_endorsements.choice_written(written) == choice
    assert choice is None or str(choice) == written


def test_a_mailbox_behind_two_names_is_named_for_none_that_is_not_signed(sonia: Sonia):
    word = sonia.gets("2", mark=b"m" * 32)
    with sonia.wallets.writing() as session:
        session.execute(update(Endorsement).where(Endorsement.id == word).values(document=None))
        assert views.view_of(session.get_one(Endorsement, word), LATER).mail_domain == ""


def _places(sonia: Sonia) -> dict[int, int]:
    with sonia.wallets.reading() as session:
        return {place: kept.id for place, kept in public_view.shared_badges(session, sonia.id)}


def test_a_share_shows_so_many_words_and_no_more(sonia: Sonia, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shown_endorsements, "MOST_SHOWN_ENDORSEMENTS", 1)
    another = sonia.gets("2")
    sonia.shows(sonia.word)

    with pytest.raises(ValueError, match="more words"):
        sonia.shows(sonia.word, another)
