"""« Mes partages »: how each stands, what one does with it, and what stays to be read of it when it is over."""

import re
from dataclasses import replace

import pytest
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.screens import pages
from tests.fixtures.screens_cards import ALL
from tests.fixtures.screens_shares import MY_PAGE, SCREENS_OF_SHARES
from tests.fixtures.visits import NOW, Clock, Person, Stranger, holder, signed, words
from wallet.accounts.holders import Holder
from wallet.archive import import_history
from wallet.shares import lifecycle
from wallet.shares.models import ArchivedShare, Choice

BROWSER = {"Sec-Fetch-Site": "same-origin"}
"""What every browser adds when a page of ours sends something."""
PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/140 Mobile"}
COMPUTER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140"}


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, who keeps two badges by a key."""
    return holder(app, *((f"{name}.json", signed(name)) for name in ("communiquer-1", "organiser-1")))


def digits_of(person: Person, share: str) -> str:
    """The secret code, as the code page shows it."""
    found = re.search(r'class="digits"><span>(\d{3})</span> <span>(\d{3})</span>', person.page(share))
    assert found is not None
    return found[1] + found[2]


def pauses(person: Person, share: str, recruiter: Stranger, clock: Clock) -> None:
    """Twenty wrong codes, five in a quarter of an hour."""
    right = digits_of(person, share)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for _ in range(4):
        for _ in range(5):
            recruiter.post(person.link_of(share), data={"code": wrong}, headers=BROWSER)
        clock.move(minutes=15)


def looks(recruiter: Stranger, link: str, device: dict[str, str]) -> None:
    """Somebody looks at the page for two seconds."""
    assert (
        recruiter.post("/openings", data={"token": link.rpartition("/")[2]}, headers=BROWSER | device).status_code
        == 204
    )


def main(html: str) -> str:
    """The words of the main part of a page."""
    return words(html.partition("<main")[2].partition("</main>")[0])


@pytest.mark.breadth
def test_a_share_is_called_by_its_purpose_or_by_when_it_was_made(sonia: Person):
    sonia.shows(*sonia.has(), purpose="Entretien")
    sonia.shows(*sonia.has())

    read = sonia.reads("/shares")

    assert "Entretien du 24 novembre 2026" in read
    assert "Partage du 24 novembre 2026 à 11 h 12" in read
    assert read.count("Visible") == 2
    assert read.count("2 badges, jusqu’au 1er décembre 2026") == 2


def test_openings_are_told_in_words(sonia: Person, recruiter: Stranger, clock: Clock):
    share = sonia.shows(*sonia.has())
    link = sonia.link_of(share)
    assert "Pas encore ouvert." in sonia.reads("/shares")

    looks(recruiter, link, COMPUTER)
    assert "Ouvert 1 fois. La dernière fois : 24 novembre 2026, sur un ordinateur." in sonia.reads("/shares")
    clock.move(days=1)
    looks(recruiter, link, PHONE)
    looks(recruiter, link, PHONE)
    assert "Ouvert 3 fois. La dernière fois : 25 novembre 2026, sur un téléphone." in sonia.reads("/shares")
    each = "25 novembre 2026 2 fois, sur un téléphone 24 novembre 2026 1 fois, sur un ordinateur"
    assert each in sonia.reads(f"{share}/details")
    looks(recruiter, link, COMPUTER)

    read = sonia.reads(f"{share}/details")
    assert "La dernière fois : 25 novembre 2026, sur un téléphone et sur un ordinateur." in read
    assert "25 novembre 2026 1 fois, sur un ordinateur 2 fois, sur un téléphone" in read
    assert "24 novembre 2026 1 fois, sur un ordinateur" in read
    assert "Nous comptons une page regardée 2 secondes, ou un mot de passe juste." in read


def test_the_secret_code_is_shown_in_two_groups_wherever_its_holder_looks(sonia: Person, recruiter: Stranger):
    share = sonia.shows(*sonia.has(), code="on")
    digits = digits_of(sonia, share)

    for path in (share, "/shares", f"{share}/details"):
        assert f"{digits[:3]} {digits[3:]}" in sonia.reads(path)
    assert "Dites ce mot de passe à la personne." in sonia.reads(share)
    assert recruiter.post(sonia.link_of(share), data={"code": digits}, headers=BROWSER).status_code == 200
    assert "Ouvert 1 fois." in sonia.reads("/shares")


@pytest.mark.breadth
def test_a_share_without_a_code_speaks_of_none(sonia: Person):
    share = sonia.shows(*sonia.has())

    for path in (share, f"{share}/details", f"{share}/page"):
        assert "mot de passe" not in sonia.reads(path).replace("ou un mot de passe juste", "").lower()


def test_too_many_tries_are_told_and_the_holder_lets_people_try_again(sonia: Person, recruiter: Stranger, clock: Clock):
    share = sonia.shows(*sonia.has(), code="on")
    digits, link = digits_of(sonia, share), sonia.link_of(share)
    pauses(sonia, share, recruiter, clock)

    assert recruiter.post(link, data={"code": digits}, headers=BROWSER).status_code == 429
    for path in (share, "/shares", f"{share}/details"):
        assert "Trop d’essais : la page est en pause." in sonia.reads(path)
    answer = sonia.post(f"{share}/code")

    assert "On peut de nouveau taper le mot de passe." in sonia.reads(answer.headers["location"])
    assert "en pause" not in sonia.reads(share)
    assert recruiter.post(link, data={"code": digits}, headers=BROWSER).status_code == 200


def test_an_undone_stop_is_told_and_so_is_one_that_comes_too_late(sonia: Person, recruiter: Stranger, clock: Clock):
    share = sonia.shows(*sonia.has())
    id, link = share.rpartition("/")[2], sonia.link_of(share)
    page = sonia.page(sonia.post(f"{share}/stopping").headers["location"])
    assert '<div class="lately"><div class="outcome ok"' in re.sub(r">\s+<", "><", page)
    assert f'action="{share}/return"' in page

    clock.move(seconds=9)
    assert "Le lien et le QR code marchent de nouveau." in sonia.reads(
        sonia.post(f"{share}/return").headers["location"]
    )
    assert recruiter.get(link).status_code == 200
    twice = sonia.post(f"{share}/return")
    assert twice.headers["location"] == f"/shares?reopened={id}", "a second tap undoes nothing, and says so alike"

    sonia.post(f"{share}/stopping")
    clock.move(seconds=21)
    late = sonia.page(sonia.post(f"{share}/return").headers["location"])
    assert "C’est trop tard pour annuler." in late
    assert f'href="/shares/new?again={id}"' in late
    assert recruiter.get(link).status_code == 404


@pytest.mark.breadth
def test_what_the_address_says_was_done_is_told_only_where_it_is_so(sonia: Person, youssef: Person):
    mine, other = sonia.shows(*sonia.has()), youssef.shows(*youssef.has())
    plain = sonia.reads("/shares")

    for word in ("stopped", "late", "over"):
        assert sonia.reads(f"/shares?{word}={mine.rpartition('/')[2]}") == plain
    for word in ("stopped", "reopened", "prolonged", "resumed", "late", "over"):
        for id in (other.rpartition("/")[2], "0", "-1", "x", "9" * 30, "%00", "²"):
            assert sonia.reads(f"/shares?{word}={id}") == plain


@pytest.mark.breadth
def test_a_share_is_made_to_last_from_today(sonia: Person, recruiter: Stranger, clock: Clock):
    share = sonia.shows(*sonia.has())
    link = sonia.link_of(share)
    assert sonia.page("/shares").count('name="days"') == 2, "7 days more than now is what it has"
    clock.move(days=6)
    page = sonia.page("/shares")
    assert re.findall(r'name="days" value="(\d+)"', page) == ["7", "30", "365"]

    answer = sonia.post(f"{share}/end", data={"days": "30"})

    assert "Ce partage marche jusqu’au 30 décembre 2026." in sonia.reads(answer.headers["location"])
    clock.move(days=29)
    assert recruiter.get(link).status_code == 200
    clock.move(days=2)
    assert recruiter.get(link).status_code == 404


@pytest.mark.parametrize("days", ["0", "8", "-1", "99999999999", "x", "", "²"])
def test_another_length_is_the_shortest_and_never_takes_time_away(sonia: Person, days: str):
    share = sonia.shows(*sonia.has(), days="30")

    answer = sonia.post(f"{share}/end", data={"days": days})

    assert "Ce partage marche jusqu’au 24 décembre 2026." in sonia.reads(answer.headers["location"])


@pytest.mark.parametrize("over", ["stopped", "ended"])
@pytest.mark.breadth(beside=["ended"])
def test_what_is_over_is_not_made_to_last(sonia: Person, recruiter: Stranger, clock: Clock, over: str):
    share = sonia.shows(*sonia.has())
    link = sonia.link_of(share)
    if over == "stopped":
        sonia.post(f"{share}/stopping")
    else:
        clock.move(days=7)

    answer = sonia.post(f"{share}/end", data={"days": "365"})

    read = sonia.page(answer.headers["location"])
    assert "Ce partage était déjà fini." in read
    assert f"/shares/new?again={share.rpartition('/')[2]}" in read
    assert recruiter.get(link).status_code == 404


@pytest.mark.breadth
def test_what_is_over_is_listed_can_be_made_again_and_leaves_the_list(sonia: Person, clock: Clock):
    first, second = sonia.shows(*sonia.has(), purpose="CV"), sonia.shows(*sonia.has(), purpose="Mairie")
    sonia.post(f"{first}/stopping")
    clock.move(days=8)

    read = sonia.reads("/shares")
    assert "2 partages sont finis" in read
    assert "CV du 24 novembre 2026 Arrêté 2 badges, arrêté le 24 novembre 2026 Jamais ouvert." in read
    assert "Mairie du 24 novembre 2026 Fini 2 badges, fini le 1er décembre 2026 Jamais ouvert." in read
    assert f'href="/shares/new?again={first.rpartition("/")[2]}"' in sonia.page("/shares")
    assert sonia.post(f"{first}/removal").headers["location"] == "/shares"

    assert "CV du" not in sonia.reads("/shares")
    assert sonia.get(f"{first}/details").status_code == 404
    assert sonia.get(f"{second}/details").status_code == 200


def test_what_is_open_does_not_leave_the_list(sonia: Person, recruiter: Stranger):
    share = sonia.shows(*sonia.has())
    link = sonia.link_of(share)

    assert sonia.post(f"{share}/removal").headers["location"] == "/shares"

    assert recruiter.get(link).status_code == 200
    assert f'href="{share}"' in sonia.page("/shares")


@pytest.mark.breadth
def test_what_was_shown_stays_readable_when_it_is_over_and_its_badges_are_gone(sonia: Person, clock: Clock):
    first, second = sonia.has()
    share = sonia.shows(first, second, name="Sonia D.", purpose="Entretien", word="Bonjour à vous")
    sonia.post(f"/badges/{first}/removal")
    clock.move(days=8)

    read = sonia.reads(f"{share}/details")

    assert "2 badges, fini le 1er décembre 2026" in sonia.reads("/shares"), "so many were shown"
    assert "Entretien du 24 novembre 2026" in read
    assert "Date de fin 1er décembre 2026" in read
    assert "Prénom montré Sonia D." in read
    assert "« Bonjour à vous »" in read.replace("\u00a0", " ")
    assert read.replace(" ,", ",").count("Donné par Organisme d’essai, le 25 octobre 2026") == 2
    assert read.count("je pratique") == 2
    assert read.count("Vous l’avez enlevé depuis.") == 1
    assert read.count("Maintenant :") == 1
    for address in ("/s/", f'"{share}"', "qr.svg"):
        assert address not in sonia.page(f"{share}/details")


def test_a_share_that_an_archive_brought_back_has_no_link(sonia: Person):
    past = ArchivedShare(
        name="Sonia",
        word="",
        created_at=NOW.replace(month=3),
        ends_at=NOW.replace(month=4),
        stopped_at=None,
        places=(0, None),
    )
    with sonia.services.database.writing() as session:
        keyring = sonia.services.keyring
        her, ids = session.get(Holder, 1), {0: sonia.has()[0]}
        assert (
            import_history.keep_shares(session, her, [past], ids, keyring.seal, sonia.services.clock()).report.shares
            == 1
        )

    read = sonia.page("/shares/1/details")

    assert "Ce partage vient de votre dossier." in read
    assert "Un badge que vous n’avez plus" in read
    assert "/s/" not in read
    assert sonia.get("/shares/1").headers["location"] == "/shares"
    assert sonia.get("/shares/1/page").headers["location"] == "/shares/1/details"
    assert {sonia.get(f"/shares/1/{name}").status_code for name in ("qr.svg", "qr.png")} == {404}
    assert "C’est trop tard pour annuler." in sonia.page(sonia.post("/shares/1/return").headers["location"])


@pytest.mark.parametrize("code", [{}, {"code": "on"}], ids=["open", "with a secret code"])
@pytest.mark.breadth
def test_the_page_to_print_is_the_recruiters_and_counts_nothing(
    sonia: Person, recruiter: Stranger, code: dict[str, str]
):
    share = sonia.shows(*sonia.has(), name="Sonia", word="Bonjour", purpose="Entretien chez Untel", **code)
    link = sonia.link_of(share)
    theirs = (
        recruiter.post(link, data={"code": digits_of(sonia, share)}, headers=BROWSER) if code else recruiter.get(link)
    )
    before = sonia.reads(f"{share}/details")

    page = sonia.page(f"{share}/page")

    assert main(page) == main(theirs.text)
    assert "Untel" not in page
    assert "view-beacon" not in page
    assert re.findall(r'<script[^>]* src="/static/js/([\w-]+)', page) == ["draft-sender", "print-page"]
    pictures = [one.replace("&amp;", "&") for one in re.findall(r'src="(/s/[^"]*)"', page)]
    assert len(pictures) == 1, "the code: both badges are drawn as their skills"
    assert {recruiter.get(one).status_code for one in pictures} == {200}
    assert {recruiter.get(one.partition("?")[0]).status_code for one in pictures} == ({404} if code else {200})
    assert sonia.reads(f"{share}/details") == before
    assert ("Le mot de passe n’est pas imprimé." in words(page)) == bool(code)
    if code:
        digits = digits_of(sonia, share)
        assert digits not in page
        assert f"{digits[:3]} {digits[3:]}" not in words(page)


@pytest.mark.breadth
def test_the_page_to_print_ends_with_its_share(sonia: Person):
    share = sonia.shows(*sonia.has())
    sonia.post(f"{share}/stopping")

    assert sonia.get(f"{share}/page").headers["location"] == f"{share}/details"


@pytest.mark.breadth
def test_sixty_shares_are_one_page(sonia: Person):
    ids, keyring = sonia.has(), sonia.services.keyring
    with sonia.services.database.writing() as session:
        for number in range(60):
            choice = Choice(badge_ids=ids, ends_at=NOW.replace(year=2027), purpose=f"Employeur {number}")
            made = lifecycle.create_share(session, 1, choice, keyring.seal, NOW)
            if number % 2:
                lifecycle.stop_share(session, 1, made.id, NOW)

    read = sonia.reads("/shares")

    assert "30 partages sont finis" in read
    assert [read.count(f"Employeur {number} du") for number in range(60)] == [1] * 60


# What the pages say, in the states of tests/fixtures/screens_shares.py.


@pytest.mark.parametrize(
    ("state", "said", "unsaid"),
    [
        ("shares, none", "Vous n’avez encore rien montré.", "Vous ne montrez rien en ce moment."),
        ("shares, all over", "Vous ne montrez rien en ce moment.", "Vous n’avez encore rien montré."),
        ("shares, with my page", "Ma page Ouverte 2 fois.", "Personne ne la voit."),
        ("details of my page, off", "Ma page Éteinte", "Refaire"),
        ("details of my page, off", "ni nom ni adresse. Ma page", "Enlever de la liste"),
        ("details, stopped", "Refaire Enlever de la liste", "Montrer le QR code"),
    ],
)
def test_what_may_be_done_with_what_is_over_and_what_is_said_where_nothing_is_open(state: str, said: str, unsaid: str):
    told = drawn(state)

    assert said in told
    assert unsaid not in told


def test_of_a_page_that_is_off_the_list_says_that_nobody_sees_it_however_often_it_was_opened():
    told = drawn("shares, with my page", page=replace(MY_PAGE, is_open=False, stopped_at=NOW))

    assert "Ma page Personne ne la voit." in told


def test_linkedin_is_offered_no_badge_that_was_withdrawn_or_that_nobody_can_read():
    template, context = SCREENS_OF_SHARES["send"]

    page = pages().render(template, "fr", **context).partition("LinkedIn")[2].partition("</ul>")[0]

    offered = {int(id) for id in re.findall(r"/badges/(\d+)", page)}
    assert offered == {one.id for one in ALL if one.sentence not in ("revoked", "invalid", "unreadable")}


def test_from_where_badges_are_sent_one_goes_back_to_what_is_sent():
    backs = {
        state: re.findall(r'<a class="back" href="([^"]*)"', pages().render(template, "fr", **context))
        for state in ("send", "send, my page")
        for template, context in [SCREENS_OF_SHARES[state]]
    }

    assert backs == {"send": ["/shares/3"], "send, my page": ["/page"]}


def drawn(state: str, **other: object) -> str:
    """The words of the page in that *state*, and with that what is *other*."""
    template, context = SCREENS_OF_SHARES[state]
    return main(pages().render(template, "fr", **context | other))
