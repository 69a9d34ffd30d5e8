"""« Qui le dit ? »: what pages say of an issuer is what was proven of it at that moment, and goes with its proof."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fixtures.quantity import rows
from tests.fixtures.screens import mine, pages
from tests.fixtures.screens_cards import NOW, SENTENCES, STANDINGS, UNHEARD_STATUS, badge, checks
from tests.fixtures.screens_shown import one_badge, opened, shown
from tests.fixtures.visits import words
from tests.fixtures.vouching import vouched
from tests.fixtures.words_of_others import TAKEN_BACK, TOWN_HALL, in_share
from wallet.badges.cards import Card, told_at
from wallet.shares.recipients import GRAVITY, Given, Tie
from wallet.trust import NO_REGISTERS, Answer, Fact, Register, Registers, Row

SITE = "did:web:rives.exemple.fr"
KEY = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
CONFIRMS = "Région d’essai confirme cet organisme."
NOT_VERIFIED = "Nous n’avons pas encore vérifié cet organisme."
ITS_SITE = "Son site le confirme : rives.exemple.fr"
GONE = "Cet organisme n’est plus sur la liste depuis le 23 novembre 2026."
SILENT = "Nous n’avons plus de nouvelles de la liste où il était."
TABLE = {
    "vouched": ("Vrai badge, valide", "ok", CONFIRMS),
    "vouched by whoever runs this": ("Vrai badge, valide", "ok", "L’équipe de ce site confirme cet organisme."),
    "vouched under another name": ("Vrai badge, valide", "ok", CONFIRMS),
    "listed": (
        "Vrai badge, valide",
        "ok",
        "Cet organisme est sur une liste officielle : Liste des organismes de formation.",
    ),
    "site": ("Badge valide", "paper", ITS_SITE),
    "platform": ("Badge intact", "paper", f"{NOT_VERIFIED} Le fichier vient d’Open Badge Factory."),
    "key": ("Badge intact", "paper", NOT_VERIFIED),
    "nobody": ("Badge intact", "paper", NOT_VERIFIED),
    "alike": (
        "Badge intact",
        "paper",
        f"{NOT_VERIFIED} Ce nom ressemble à « École des Rives ». L’adresse n’est pas la même.",
    ),
    "struck": ("Badge valide", "paper", f"{ITS_SITE} {GONE}"),
    "stale": ("Badge valide", "paper", f"{ITS_SITE} {SILENT}"),
}
"""Issue 19: the head, the tone, and the line."""
SAYINGS = (CONFIRMS, "confirme cet organisme", "liste officielle", ITS_SITE, NOT_VERIFIED, "ressemble à", GONE, SILENT)
REGION = Register(key="operator", name="Région d’essai", kind="operator")
LIST = Register(key="of", name="Liste des organismes de formation", kind="public-list")


def seen_by_others(one: Card) -> tuple[str, str, str]:
    """The head, the tone and the words of the verdict on the recruiter's page."""
    page = pages().render("open_share/page.html", "fr", **shown(opened([one])))
    return _parts(page, r'<section class="proof (?P<tone>\w+)".*?<h2[^>]*>(?P<head>.*?)</h2>(?P<rest>.*?)</section>')


def seen_by_its_holder(one: Card) -> tuple[str, str, str]:
    """The same on the page of their badge."""
    page = pages().render("badges/show.html", "fr", **mine(one))
    return _parts(
        page, r'<section class="label state (?P<tone>\w+)".*?<h2[^>]*>(?P<head>.*?)</h2>(?P<rest>.*?)</section>'
    )


def _parts(page: str, parts: str) -> tuple[str, str, str]:
    found = re.search(parts, page, re.DOTALL)
    assert found is not None
    return words(found["head"]), found["tone"], words(found["rest"])


@rows("see", [seen_by_others, seen_by_its_holder])
@rows("standing", STANDINGS)
def test_every_standing_has_its_head_its_tone_and_its_line(
    standing: str, see: Callable[[Card], tuple[str, str, str]]
) -> None:
    head, tone, line = TABLE[standing]

    told = see(STANDINGS[standing])

    assert told[:2] == (head, tone)
    assert line in told[2]
    assert [one for one in SAYINGS if one in told[2] and one not in line] == [], "and says nothing else"


@pytest.mark.parametrize("see", [seen_by_others, seen_by_its_holder])
def test_the_holder_and_whoever_they_show_it_to_read_the_same(see: Callable[[Card], tuple[str, str, str]]) -> None:
    assert TABLE.keys() == STANDINGS.keys()
    assert {see(one)[1] for one in STANDINGS.values()} == {"ok", "paper"}, "never blue, never amber"


@pytest.mark.parametrize(
    ("standings", "said"),
    [
        (("vouched", "nobody"), "2 organismes, dont 1 confirmé."),
        (("vouched", "listed"), "2 organismes, dont 1 confirmé. 1 est sur une liste officielle."),
        (("listed", "listed"), "2 organismes. 2 sont sur une liste officielle."),
        (("listed", "site"), "2 organismes. 1 est sur une liste officielle."),
        (("nobody", "nobody"), "2 organismes. Nous n’en avons vérifié aucun."),
    ],
)
def test_of_several_issuers_nobody_confirms_one_that_is_only_on_a_list(standings: tuple[str, ...], said: str) -> None:
    cards = [replace(STANDINGS[one], id=n, issuer_id=f"did:web:{n}.example") for n, one in enumerate(standings)]
    page = pages().render("open_share/page.html", "fr", **shown(opened(cards)))
    of_all = re.search(r'<div class="also vouched">(.*?)</div>\s*</div>', page, re.DOTALL)

    assert of_all is not None
    assert words(of_all[1]) == said


@rows("standing", STANDINGS)
def test_a_badge_that_is_added_is_told_with_pride_and_one_calm_line(standing: str) -> None:
    page = pages().render(
        "badges/added.html",
        "fr",
        badge=STANDINGS[standing],
        others=[],
        outcomes=[],
        until=NOW,
        removed=None,
        done="",
        holder=None,
    )
    head, tone, line = TABLE[standing]
    pride = {"Vrai badge, valide": "Vrai badge, bravo !", "Badge valide": "Badge valide, bravo !"}.get(head)

    found = _parts(
        page, r'<section class="label state (?P<tone>\w+)".*?<h2[^>]*>(?P<head>.*?)</h2>(?P<rest>.*?)</section>'
    )
    assert found[:2] == (pride or "Badge intact, bravo !", tone)
    assert line in found[2]


def with_rows(*rows: Row, facts: tuple[Fact, ...] = ()) -> Registers:
    return Registers(rows=rows, facts=facts)


def of_site(**more: object) -> Card:
    """A good badge of which it was shown that it comes from its issuer's site."""
    return replace(badge("site"), **more)


ROW = Row(register=REGION, match=SITE, name="École des Rives")
ON_LIST = Fact(register=LIST, name="École des Rives", host="rives.exemple.fr")
AWAY = {
    "whoever vouches": (of_site(), vouched(SITE, "École des Rives"), CONFIRMS, of_site(), NO_REGISTERS),
    "the very id": (of_site(), with_rows(ROW), CONFIRMS, of_site(), with_rows(replace(ROW, match=f"{SITE}:x"))),
    "that it comes from there": (
        of_site(),
        with_rows(ROW),
        CONFIRMS,
        of_site(binding="claimed", issuer_domain=""),
        with_rows(ROW),
    ),
    "the list": (of_site(), with_rows(facts=(ON_LIST,)), "liste officielle", of_site(), NO_REGISTERS),
    "that its site is that of the list": (
        of_site(),
        with_rows(facts=(ON_LIST,)),
        "liste officielle",
        of_site(binding="unknown", issuer_domain=""),
        with_rows(facts=(ON_LIST,)),
    ),
    "its site": (of_site(), NO_REGISTERS, ITS_SITE, of_site(binding="claimed", issuer_domain=""), NO_REGISTERS),
    "the platform": (
        STANDINGS["platform"],
        NO_REGISTERS,
        "Le fichier vient d’Open Badge Factory.",
        replace(STANDINGS["platform"], binding="claimed"),
        NO_REGISTERS,
    ),
    "that it was struck off": (
        of_site(),
        with_rows(replace(ROW, retired_at=NOW - timedelta(days=1), why="stop")),
        GONE,
        of_site(),
        with_rows(replace(ROW, retired_at=NOW + timedelta(days=1), why="stop")),
    ),
    "that nothing was heard": (
        of_site(),
        with_rows(replace(ROW, register=replace(REGION, stale_after=NOW))),
        SILENT,
        of_site(),
        with_rows(replace(ROW, register=replace(REGION, stale_after=NOW + timedelta(days=1)))),
    ),
    "that another of that name is vouched for": (
        STANDINGS["key"],
        with_rows(ROW),
        "Ce nom ressemble à « École des Rives ».",
        STANDINGS["key"],
        NO_REGISTERS,
    ),
}
"""A badge and what registers say, what is read of it; and what of it was taken away."""


@rows("see", [seen_by_others, seen_by_its_holder])
@rows("proof", AWAY)
def test_what_is_read_goes_with_its_proof(proof: str, see: Callable[[Card], tuple[str, str, str]]) -> None:
    one, registers, line, without, other_registers = AWAY[proof]

    assert line in see(told_at(one, registers, NOW))[2]
    assert line not in see(told_at(without, other_registers, NOW))[2]


@rows("sentence", ["expired", "not-yet-valid", "suspended", "revoked", "invalid", "unknown", "unreadable"])
def test_nothing_is_green_that_is_not_good_though_its_issuer_is_vouched_for(sentence: str) -> None:
    one = told_at(badge(sentence), with_rows(ROW, facts=(ON_LIST,)), NOW)

    assert one.trust.is_vouched == (sentence != "unreadable")
    for see in (seen_by_others, seen_by_its_holder):
        head, tone, _ = see(one)
        assert tone != "ok"
        assert "valide" not in head


@pytest.mark.parametrize(("outcome", "tone"), [("passed", "ok"), ("failed", "stop"), ("unknown", "ask")])
def test_a_check_is_ticked_only_where_it_was_seen_to_be_so(outcome: str, tone: str) -> None:
    """« Ce que nous avons vérifié », which whoever hires Maria reads, too."""
    turned = {"bound", "not_withdrawn", "not_ended"}
    looked = [one | {"outcome": outcome} if one["name"] in turned else one for one in checks("valid")]

    told = pages().render("badges/_check_summary.html", "fr", badge=badge("intact", checks=looked))

    assert re.findall(r'<span class="(\w+)">', told) == [tone] * 3
    assert ("La signature de l’organisme est bonne" in words(told)) == (outcome == "passed")


def test_the_name_is_that_of_whoever_vouches_and_the_other_one_is_told() -> None:
    page = words(
        pages().render("open_share/page.html", "fr", **shown(opened([STANDINGS["vouched under another name"]])))
    )

    assert re.search(r"Donné le [^.]*par Centre de formation des Rives ?\. Sur le badge : École des Rives", page)
    assert "Sur le badge" not in words(pages().render("open_share/page.html", "fr", **shown(opened([badge()]))))


def test_where_it_can_be_read_is_for_the_curious_and_says_no_more_than_the_verdict() -> None:
    read_at = "https://liste.exemple.fr/1"
    for standing, one in STANDINGS.items():
        linked = replace(one, trust=replace(one.trust, read_at=read_at))
        details = pages().render("badges/show.html", "fr", **mine(linked)).partition("Détails techniques")[2]

        assert f'href="{read_at}"' in details
        assert TABLE[standing][2] in words(details)
        assert ("confirme cet organisme" in words(details)) == ("confirme cet organisme" in TABLE[standing][2])


@pytest.mark.parametrize("tie", GRAVITY)
def test_only_the_same_name_and_a_confirmed_address_sew_the_badges_to_whoever_shows_them(tie: Tie) -> None:
    share = replace(opened([badge("valid")]), given=Given(tie=tie, name="Maria Dos Santos"))

    page = pages().render("open_share/page.html", "fr", **shown(share))

    assert ("<svg" not in page.partition('class="twins"')[2].partition("</div>")[0]) == (tie in ("same", "address"))


@pytest.mark.parametrize("sentence", SENTENCES)
def test_whether_an_address_is_hers_is_asked_of_a_badge_that_she_can_show(sentence: str) -> None:
    """Of one that was withdrawn or has ended her answer would change nothing."""
    given = Given(tie="address-unconfirmed")

    told = pages().render("badges/show.html", "fr", **mine(badge(sentence), to_whom=given, by_mail=True))

    assert ("C’est la vôtre ?" in words(told)) == (sentence in ("valid", "site", "intact"))


def test_what_has_ended_is_called_genuine_only_where_somebody_vouches_for_whose_it_is() -> None:
    claimed = [one | {"outcome": "unknown"} if one["name"] == "bound" else one for one in checks("expired")]
    ended = badge("expired", trust=STANDINGS["vouched"].trust)

    for one in (ended, replace(ended, valid_until=None)):
        assert seen_by_others(one)[0].startswith("Vrai badge")
        for other in (replace(one, trust=STANDINGS["site"].trust), replace(one, checks=claimed)):
            assert seen_by_others(other)[0].startswith("Badge expiré")


def test_that_a_site_is_silent_is_told_only_where_that_is_why_nothing_is_known() -> None:
    told = seen_by_others(UNHEARD_STATUS)[2]

    assert "Nous n’avons pas pu tout vérifier." in told
    assert "ne répond plus" not in told


@pytest.mark.parametrize("sentence", ["unknown", "unreadable"])
def test_what_could_not_be_looked_at_is_no_check_of_that_day(sentence: str) -> None:
    told = seen_by_others(badge(sentence))[2]

    assert told.startswith("Dernier essai le 24 novembre 2026")
    assert "Vérifié" not in told


def test_whose_badges_they_are_is_told_of_those_that_are_meant_and_an_address_only_where_it_was_confirmed() -> None:
    cards = [badge(id=id) for id in range(3)]

    def told(given: Given) -> str:
        return words(pages().render("open_share/page.html", "fr", **shown(replace(opened(cards), given=given))))

    assert "Les badges ne disent pas de nom." in told(Given(tie="unnamed", about=cards))
    assert "1 badge est sans nom. Nous n’avons pas" in told(Given(tie="unnamed", about=cards[:1]))
    differs = Given(tie="differs", name="Ali", names=("Ali",), about=cards[:1])
    assert "adresse e-mail est confirmée" not in told(differs)
    assert "adresse e-mail est confirmée" in told(replace(differs, confirmed=True))


def test_in_a_row_each_badge_that_is_not_good_says_so_and_its_level_is_french() -> None:
    cards = [badge(one, id=id) for id, one in enumerate(("valid", "expired", "suspended", "unknown"))]

    page = pages().render("open_share/page.html", "en", **shown(opened(cards)))
    each = re.findall(r'<a class="skill".*?</a>', page, re.DOTALL)

    assert ['class="chip' in one for one in each] == [False, True, True, True]
    assert ['<span lang="fr">maîtrise</span>' in one for one in each] == [True] * 4


def test_a_badge_that_is_on_hold_was_not_withdrawn() -> None:
    """What was looked at says of Maria's badge what its head says: it may come back."""
    on_hold = [one | {"reason": "suspended"} if one["outcome"] == "failed" else one for one in checks("suspended")]

    told = words(pages().render("badges/_check_summary.html", "fr", badge=badge("suspended", checks=on_hold)))

    assert "L’organisme l’a mis en pause." in told
    assert "retiré" not in told


@pytest.mark.parametrize("many", [1, 2])
def test_the_full_seal_stands_beside_issuers_only_where_all_of_it_holds(many: int) -> None:
    def seals(*sentences: str) -> int:
        cards = [replace(badge(one), id=id, issuer_id=f"did:web:{id % many}.fr") for id, one in enumerate(sentences)]
        page = pages().render("open_share/page.html", "fr", **shown(opened(cards)))
        return page.partition('class="also vouched"')[2].partition("<div>")[0].count('class="state-icon"')

    assert seals("valid", "valid") == 1
    assert seals("valid", "site") == seals("valid", "valid", "expired") == 0


def test_a_word_that_was_taken_back_is_counted_on_no_badge() -> None:
    cards = [replace(badge("valid"), id=id) for id in (0, 1)]
    said = [*in_share(TOWN_HALL, TAKEN_BACK, place=0), *in_share(TAKEN_BACK, place=1)]

    told = words(pages().render("open_share/page.html", "fr", **shown(replace(opened(cards), endorsements=said))))

    assert told.count("Mot de Mairie d’Alençon") == 1
    assert not re.search(r"\d mots? d", told)


def test_of_a_word_whose_site_is_hidden_the_name_that_somebody_confirms_is_not_called_unchecked() -> None:
    """Where the holder hides a name that the site tells (shares/public_view.py)."""
    hidden = replace(TOWN_HALL, site="", vouching=Answer(standing="vouched", by="La région"))
    share = one_badge(badge("valid"), endorsements=in_share(hidden, place=badge("valid").id))

    told = words(pages().render("open_share/badge.html", "fr", **share))

    assert "La région confirme cet organisme." in told
    assert "Nous n’avons pas vérifié le nom." not in told


def test_of_many_badges_each_issuer_is_told_by_what_is_known_of_it_and_by_how_many_do_not_hold() -> None:
    """A row of an issuer that nobody confirms says so, whatever the one above it says, and names each badge that is not good."""
    standings = {
        "vouched": "Région d’essai",
        "site": "son site",
        "key": "pas encore vérifié",
        "listed": "Liste des organismes de formation",
        "vouched by whoever runs this": "confirmé",
    }
    cards = [
        replace(
            STANDINGS[one], id=10 * of + number, issuer_id=f"did:web:{of}.fr", issuer_name=one, name=f"{one} {number}"
        )
        for of, one in enumerate(standings)
        for number in range(3)
    ]
    cards[4:6] = (replace(badge("revoked"), id=id, issuer_id="did:web:1.fr", name=f"site {id}") for id in (14, 15))

    page = pages().render("open_share/page.html", "fr", **shown(opened(cards)))
    heads, lists = (
        re.findall(f"<{part}.*?</{part.split()[0]}>", page, re.DOTALL) for part in ("summary", 'ul class="each"')
    )
    told = [words(one.partition("<small>")[2]) for one in heads if "<small>" in one]
    each = [words(one) for one in lists]

    assert told == [f"3 badges · {one}" + (" 2 · Retiré" if one == "son site" else "") for one in standings.values()]
    assert [one.count("Retiré") for one in each] == [0, 2, 0, 0, 0]
    assert re.search(r"site 0, maîtrise site 14, maîtrise Retiré site 15, maîtrise Retiré", each[1])
    for one in cards:
        assert re.search(rf'/badges/{one.id}"[^>]*>{one.name}, maîtrise<', page), "and each leads to its own page"


def test_among_several_issuers_a_name_like_anothers_is_told_and_a_row_bears_the_name_that_is_vouched_for() -> None:
    of = ("alike", "vouched under another name", "nobody")
    cards = [
        replace(STANDINGS[one], id=id, issuer_id=f"did:web:{id}.fr", issuer_name=f"Nom {id}")
        for id, one in enumerate(of)
    ]

    page = pages().render("open_share/page.html", "fr", **shown(opened(cards)))
    rows = [words(one) for one in re.findall(r'<a class="skill".*?</a>', page, re.DOTALL)]

    assert "Nom 0 : Ce nom ressemble à « École des Rives »." in words(page)
    assert [
        name in row for row, name in zip(rows, ("Nom 0", "Centre de formation des Rives", "Nom 2"), strict=True)
    ] == [True] * 3


def test_when_it_was_checked_is_told_of_those_that_hold() -> None:
    """The other one may never have been looked at, or just now."""
    early = badge(checked_at=NOW - timedelta(days=3))

    for cards in ([badge("expired", id=2), early], [badge("expired", id=2), early, replace(early, id=3)]):
        told = words(pages().render("open_share/page.html", "fr", **shown(opened(cards))).partition('class="twins"')[0])
        assert "21 novembre 2026" in told
        assert "aujourd’hui" not in told


def test_each_badge_for_which_the_verdict_does_not_hold_is_named_leads_to_its_page_or_is_counted() -> None:
    cards = [
        badge(one, id=id, name=f"Titre {id}")
        for id, one in enumerate(("valid", "expired", "expired", *("revoked",) * 3))
    ]

    page = pages().render("open_share/page.html", "fr", **shown(opened(cards)))
    rows = re.findall(r"<li.*?</li>", page.partition('<ul class="also">')[2].partition("</ul>")[0], re.DOTALL)

    assert [re.findall(r'/badges/(\d)"[^>]*>Titre (\d)', one) for one in rows] == [
        [("3", "3")],
        [("1", "1"), ("2", "2")],
    ]
    assert [re.findall(r"et (\d) autre", words(one)) for one in rows] == [["2"], []]


FACTS = {
    "good": (badge(), "Site rives.exemple.fr"),
    "good for one day more": (
        badge(valid_until=NOW + timedelta(days=1)),
        "Site rives.exemple.fr Jusqu’au 25 novembre 2026",
    ),
    "of a site that was not proven": (badge(binding="claimed"), ""),
    "of a site that nobody confirms": (badge("site"), ""),
    "over": (badge("expired"), "Donné par École des Rives Le 8 mai 2026 Jusqu’au 23 novembre 2026"),
    "on hold, of whoever is called otherwise": (
        badge("suspended", trust=STANDINGS["vouched under another name"].trust),
        "Donné par Centre de formation des Rives Sur le badge : École des Rives Site rives.exemple.fr Le 8 mai 2026",
    ),
    "changed": (badge("invalid"), "Donné par École des Rives Personne n’a vérifié ce nom. Le 8 mai 2026"),
    "of an address without a name": (
        badge("unreadable", issuer_id="urn:uuid:1", issuer_name="urn:uuid:1"),
        "Donné par Le badge ne dit pas le nom de l’organisme. Le 8 mai 2026",
    ),
}


def test_who_gave_what_does_not_hold_is_told_with_how_sure_that_is_and_a_site_only_where_it_was_proven() -> None:
    drawn = {name: pages().render("open_share/badge.html", "fr", **one_badge(one)) for name, (one, _) in FACTS.items()}

    told = {
        name: words(page.partition("</section>")[2].partition('<p class="says"')[0]) for name, page in drawn.items()
    }

    assert told == {name: said for name, (_, said) in FACTS.items()}
