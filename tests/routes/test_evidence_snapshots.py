"""What is told is shown to whom it was chosen for, as it was when it was chosen, and to nobody else."""

import re
import secrets
from datetime import timedelta
from html import unescape

import pytest

from tests.fixtures.made_once import link_of, made_once, shows, tells
from tests.fixtures.photos import photo
from tests.fixtures.visits import Clock, Person, Stranger, signed, words
from tests.routes.test_archive_import import exported, returns
from wallet.evidence.editing import UNDO_REMOVAL
from wallet.operations import cleanup

FACTS = "Un client était en colère."
SENTENCE = "J’ai calmé une personne en colère."


def pair(badge: int, moment: str) -> str:
    return f"{badge}-{moment.rpartition('/')[2]}"


@pytest.fixture
@made_once
def badge(maria: Person) -> int:
    return maria.has()[0]


@pytest.fixture
@made_once
def moment(maria: Person, badge: int) -> str:
    """Where Maria tells of a customer, with a photo."""
    moment = tells(maria, badge, facts=FACTS, sentence=SENTENCE, place="Magasin du port")
    maria.attaches(moment, ("IMG_2041.jpg", photo("JPEG")), ("attestation.pdf", b"%PDF-1.7 attestation"))
    return moment


def told_to(recruiter: Stranger, link: str) -> str:
    answer = recruiter.get(link)
    assert answer.status_code == 200
    return words(answer.text)


def attached(recruiter: Stranger, link: str) -> list[str]:
    """The addresses of what goes with the moments of a share, of which there are some."""
    found = list(dict.fromkeys(re.findall(rf'"({link}/told/\d+/\d+[^"]*)"', unescape(recruiter.get(link).text))))
    assert found
    return found


def test_what_is_told_is_shown_to_the_one_it_was_chosen_for(
    maria: Person, badge: int, moment: str, recruiter: Stranger
):
    link = link_of(maria, shows(maria, badge, moment=pair(badge, moment)))
    other = link_of(maria, shows(maria, badge))

    page = told_to(recruiter, link)

    assert "Ce sont ses mots. Personne ne les a vérifiés." in page
    for text in (FACTS, SENTENCE, "Au travail, Magasin du port", "attestation.pdf"):
        assert text in page
    assert len(attached(recruiter, link)) == 3
    for path in attached(recruiter, link):
        assert recruiter.get(path).status_code == 200, path
        assert recruiter.get(path.replace(link, other)).status_code == 404, path
    for text in (FACTS, SENTENCE, "Magasin du port", "attestation.pdf"):
        assert text not in told_to(recruiter, other)


@pytest.mark.breadth
def test_nothing_is_ticked_the_first_time_and_then_as_the_last_time(maria: Person, badge: int, moment: str):
    box = rf'name="moment" value="{pair(badge, moment)}"( checked)?'

    assert re.findall(box, maria.page("/shares/new")) == [""]
    shows(maria, badge, moment=pair(badge, moment))
    assert re.findall(box, maria.page("/shares/new")) == [" checked"]
    shows(maria, badge)
    assert re.findall(box, maria.page("/shares/new")) == [""]


def test_the_same_share_once_more_has_the_same_moments(maria: Person, badge: int, moment: str):
    share = shows(maria, badge, moment=pair(badge, moment))
    shows(maria, badge)

    page = maria.page(f"/shares/new?again={share.rpartition('/')[2]}")

    assert f'name="moment" value="{pair(badge, moment)}" checked' in page


@pytest.mark.breadth
def test_two_moments_of_one_badge_are_told_apart(maria: Person, badge: int, moment: str, recruiter: Stranger):
    other = tells(maria, badge, situation="home", facts="Le repas de ma mère.")
    link = link_of(maria, shows(maria, badge, moment=[pair(badge, moment), pair(badge, other)], name="Maria"))

    stories = re.findall(r'<section class="telling".*?</section>', recruiter.page(link), re.DOTALL)

    assert [words(one.partition("</h2>")[0]) for one in stories] == [
        f"Maria raconte Au travail, Magasin du port « {SENTENCE} »",
        "Maria raconte À la maison Un moment, avec ses mots",
    ]
    read = [[said in words(one) for said in (FACTS, "Le repas de ma mère.")] for one in stories]
    assert read == [[True, False], [False, True]]


def test_what_was_shown_stays_what_was_shown(maria: Person, badge: int, moment: str, recruiter: Stranger):
    link = link_of(maria, shows(maria, badge, moment=pair(badge, moment)))

    maria.post(f"{moment}/answers/facts", data={"text": "Tout autre chose.", "key": secrets.token_hex(16)})
    maria.attaches(moment, ("apres.pdf", b"%PDF-1.7 apres"))

    page = told_to(recruiter, link)
    assert FACTS in page
    assert "Tout autre chose." not in page
    assert "apres.pdf" not in page


@pytest.mark.breadth
def test_what_is_taken_away_is_shown_no_more_from_the_next_request_on(
    maria: Person, badge: int, moment: str, recruiter: Stranger
):
    link = link_of(maria, shows(maria, badge, moment=pair(badge, moment)))
    paths = attached(recruiter, link)
    assert FACTS in told_to(recruiter, link)

    maria.post(f"{moment}/removal")

    assert FACTS not in told_to(recruiter, link)
    assert {recruiter.get(path).status_code for path in paths} == {404}
    maria.post(f"{moment}/return")
    assert FACTS in told_to(recruiter, link)


@pytest.mark.breadth
def test_a_photo_that_is_taken_off_leaves_the_shares_too(
    maria: Person, badge: int, moment: str, recruiter: Stranger, clock: Clock
):
    link = link_of(maria, shows(maria, badge, moment=pair(badge, moment)))
    paths = attached(recruiter, link)
    off = re.findall(rf"({moment}/attachments/\d+)/picture", maria.page(moment))[0]

    maria.post(f"{off}/removal")

    assert "IMG_2041.jpg" not in recruiter.get(link).text
    assert [recruiter.get(path).status_code for path in paths] == [404, 404, 200]
    clock.now += UNDO_REMOVAL + timedelta(minutes=1)
    assert recruiter.get(paths[-1]).status_code == 200


def test_a_stopped_share_shows_no_file_any_more(maria: Person, badge: int, moment: str, recruiter: Stranger):
    share = shows(maria, badge, moment=pair(badge, moment))
    link = link_of(maria, share)
    paths = attached(recruiter, link)
    gone = recruiter.get("/s/" + "0" * 26)

    maria.post(f"{share}/stopping")

    for path in paths:
        answer = recruiter.get(path)
        assert answer.status_code == 404
        assert answer.content == gone.content


def test_a_code_guards_the_files_too(maria: Person, badge: int, moment: str, recruiter: Stranger):
    open_ = link_of(maria, shows(maria, badge, moment=pair(badge, moment)))
    paths = attached(recruiter, open_)
    link = link_of(maria, shows(maria, badge, moment=pair(badge, moment), code="1"))

    for path in paths:
        number = int(path.removeprefix(f"{open_}/told/").partition("/")[0])
        assert recruiter.get(path.replace(f"{open_}/told/{number}", f"{link}/told/{number + 1}")).status_code == 404


@pytest.mark.breadth
def test_what_is_no_moment_of_that_badge_is_left_out_or_not_there(maria: Person, badge: int, moment: str):
    for given in ("", "1", "-", "1-", "-1", "x-y", "1-99999", "99999999999-1", "1-1-1", "١-١"):
        answer = maria.post("/shares", data={"badge": str(badge), "days": "7", "moment": given})

        # What is no pair of numbers is passed over; a pair of which nothing is there is told, with the form.
        assert answer.status_code == (422 if given == "1-99999" else 303), given


def test_nobody_shows_what_is_somebody_elses(maria: Person, youssef: Person, moment: str):
    theirs = youssef.has()[0]

    answer = youssef.post("/shares", data={"badge": str(theirs), "days": "7", "moment": pair(theirs, moment)})

    assert answer.status_code == 422
    assert FACTS not in words(answer.text), "it has his own form, and nothing of hers"
    assert "Vous n’avez encore rien montré." in youssef.reads("/shares")


@pytest.mark.breadth
def test_a_moment_of_a_badge_that_is_not_shown_is_not_shown(maria: Person, badge: int, recruiter: Stranger):
    maria.brings(("autre.json", signed()))
    other = next(id for id in maria.has() if id != badge)
    moment = tells(maria, other, facts=FACTS)

    link = link_of(maria, shows(maria, badge, moment=pair(other, moment)))

    assert FACTS not in told_to(recruiter, link)


def test_a_draft_is_not_offered(maria: Person, badge: int):
    data = {"text": "work", "key": secrets.token_hex(16), "badge": str(badge)}
    maria.post("/evidence", data=data)

    assert 'name="moment"' not in maria.page("/shares/new")


def test_the_preview_is_what_will_be_seen(maria: Person, badge: int, moment: str):
    data = {"badge": str(badge), "days": "7", "moment": pair(badge, moment)}

    seen = maria.post("/shares/preview", data=data, headers={"HX-Request": "true"}).text

    assert FACTS in unescape(seen)
    assert "/told/" not in seen


@pytest.mark.breadth
def test_what_was_told_stays_readable_to_its_owner(maria: Person, badge: int, moment: str):
    share = shows(maria, badge, moment=pair(badge, moment))
    maria.post(f"{moment}/removal")

    assert FACTS in maria.reads(f"{share}/details")
    assert SENTENCE in maria.reads(f"{share}/details")


def test_all_of_it_leaves_with_an_archive_and_comes_back(maria: Person, badge: int, moment: str, visitor: Person):
    shows(maria, badge, moment=pair(badge, moment))
    maria.post(f"{moment}/removal")
    maria.post(f"{moment}/return")

    returns(visitor, exported(maria))
    visitor.makes_a_key()

    [theirs] = set(re.findall(r'href="(/evidence/\d+)"', visitor.page("/evidence")))
    page = visitor.reads(theirs)
    for text in (FACTS, SENTENCE.partition(".")[0], "Magasin du port", "attestation.pdf", "IMG_2041.jpg"):
        assert text in page or text in visitor.reads("/evidence")
    [details] = set(re.findall(r'href="(/shares/\d+/details)"', visitor.page("/shares")))
    assert FACTS in visitor.reads(details)
    assert "attestation.pdf" in visitor.reads(details)


@pytest.mark.breadth
def test_the_page_tells_who_can_see_it(maria: Person, badge: int, moment: str):
    assert "Personne d’autre ne le voit" in maria.reads(moment)

    share = shows(maria, badge, moment=pair(badge, moment))

    for path in (moment, "/evidence", f"/badges/{badge}", "/badges/search?q=client"):
        assert "Personne d’autre ne le voit." not in maria.reads(path), path
        assert "Personne d’autre ne le voit pour l’instant." not in maria.reads(path), path
        assert "dans un partage" in maria.reads(path), path
    maria.post(f"{share}/stopping")
    assert "Personne d’autre ne le voit" in maria.reads(moment)


@pytest.mark.breadth
def test_a_badge_that_is_removed_takes_what_was_told_of_it_along(
    maria: Person, badge: int, moment: str, recruiter: Stranger
):
    link = link_of(maria, shows(maria, badge, moment=pair(badge, moment)))
    paths = attached(recruiter, link)

    maria.post(f"/badges/{badge}/removal")

    assert {recruiter.get(path).status_code for path in paths} == {404}
    assert FACTS not in told_to(recruiter, link)
    assert "Personne d’autre ne le voit" in maria.reads(moment)
    maria.post(f"/badges/{badge}/return")
    assert {recruiter.get(path).status_code for path in paths} == {200}


def test_what_was_taken_off_and_attached_again_is_not_back_in_old_shares(
    maria: Person, badge: int, moment: str, recruiter: Stranger
):
    link = link_of(maria, shows(maria, badge, moment=pair(badge, moment)))
    off = re.findall(rf"{moment}/attachments/\d+", maria.page(moment))[-1]
    maria.post(f"{off}/removal")
    before = attached(recruiter, link)

    maria.attaches(moment, ("attestation.pdf", b"%PDF-1.7 attestation"))

    assert "attestation.pdf" in maria.reads(moment)
    assert attached(recruiter, link) == before
    assert "attestation.pdf" not in told_to(recruiter, link)


def test_a_day_after_it_was_removed_no_word_of_it_is_left(maria: Person, badge: int, moment: str, clock: Clock):
    share = shows(maria, badge, moment=pair(badge, moment))
    maria.post(f"{moment}/removal")
    clock.now += UNDO_REMOVAL + timedelta(minutes=1)

    cleanup.forget_expired(maria.services.database, clock.now)

    page = maria.reads(f"{share}/details")
    assert FACTS not in page
    assert SENTENCE not in page
    assert "Au travail" in page
    maria.enters()
    assert FACTS.encode() not in exported(maria)


def test_a_share_shows_sixty_moments_and_no_more(maria: Person, badge: int, moment: str):
    answer = maria.post("/shares", data={"badge": str(badge), "moment": [f"{badge}-{n}" for n in range(1, 62)]})

    assert answer.status_code == 422
    assert "Vous avez choisi trop de moments." in answer.text


def test_what_is_ticked_below_a_badge_that_is_not_shown_takes_no_room(maria: Person, badge: int, moment: str):
    elsewhere = [f"{badge + 1}-{n}" for n in range(1, 62)]

    assert (
        maria.post("/shares", data={"badge": str(badge), "moment": [pair(badge, moment), *elsewhere]}).status_code
        == 303
    )
