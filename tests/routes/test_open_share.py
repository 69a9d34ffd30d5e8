"""What the page of a share says of the day, of an issuer that is a key, of what is not checked, and to robots."""

import re
from dataclasses import replace
from io import BytesIO
from urllib.robotparser import RobotFileParser

import pytest
from PIL import Image

from tests.fixtures.made_once import has, link_of, shows
from tests.fixtures.screens import mine, pages
from tests.fixtures.screens_cards import (
    ALL,
    ELSEWHERE,
    IN_PART,
    INCOMPLETE,
    MISWRITTEN,
    NOW,
    OF_WHOM,
    SEALED,
    SIGNED_WRONGLY,
    SILENT,
    STANDINGS,
    UNCHECKED,
    UNHEARD_STATUS,
    UNSIGNED,
    badge,
)
from tests.fixtures.screens_evidence import telling
from tests.fixtures.screens_shown import hung, lasting, one_badge, opened, shown
from tests.fixtures.sheets import words_of
from tests.fixtures.visits import Clock, Person, Stranger, words
from tests.fixtures.words_of_others import TAKEN_BACK, TOWN_HALL, in_share, of_moment
from tests.fixtures.words_of_others import word as word_on
from wallet.badges.cards import Card
from wallet.shares import passcodes
from wallet.shares.recipients import Given

PAGES = pages()
BROWSER = {"Sec-Fetch-Site": "same-origin"}
ROBOTS = (
    "WhatsApp/2.23.20.0 A",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
)
PREVIEW = {
    "fr": {
        "og:type": "website",
        "og:site_name": "Mes badges",
        "og:locale": "fr_FR",
        "og:title": "Quelqu’un partage ses badges avec vous",
        "og:description": "Un badge dit ce qu’une personne sait faire, et qui le lui a donné.",
        "og:image": "maskable-512.png",
    },
    "en": {
        "og:type": "website",
        "og:site_name": "My badges",
        "og:locale": "en_GB",
        "og:title": "Someone is sharing their badges with you",
        "og:description": "A badge says what a person can do, and who gave it to them.",
        "og:image": "maskable-512.png",
    },
}
SAID = {
    "valid": ("Vrai badge, valide", "Région d’essai confirme cet organisme."),
    "expired": ("Vrai badge, expiré depuis le 23 novembre 2026", "Région d’essai confirme cet organisme."),
    "revoked": ("Badge retiré par l’organisme", "N’en tenez pas compte."),
    "unknown": (
        "Pas vérifiable à cet instant",
        "Dernière vérification : 23 novembre 2026, tout allait bien. Essayez plus tard.",
    ),
    "other-address": ("Nous n’avons pas la preuve que ce badge est à cette personne", ""),
    "site": ("Badge valide", "Son site le confirme : rives.exemple.fr"),
    "intact": ("Badge intact", "Nous n’avons pas encore vérifié cet organisme."),
    "invalid": ("Badge non conforme à l’original", ""),
    "suspended": ("Badge mis en pause", ""),
    "not-yet-valid": ("Badge pas encore valable", ""),
    "unreadable": ("Ce badge n’est pas vérifiable ici", ""),
}
"""What a recruiter reads of each state (docs/decisions.md 28): the head, and what is said below it."""
OF_MARIA = Given(tie="same", name="Maria", names=("Maria",))


def page_of(*badges: Card, **other: object) -> str:
    """The page of a share of badges that were given to Maria, who shows them."""
    return PAGES.render("open_share/page.html", "fr", **shown(replace(opened(list(badges)), given=OF_MARIA), **other))


def details_of(one: Card, language: str = "fr") -> str:
    """The page of one badge of that share."""
    return PAGES.render("open_share/badge.html", language, **one_badge(one, given=OF_MARIA))


@pytest.mark.breadth
def test_today_is_said_of_today_alone_although_the_page_is_kept(maria: Person, recruiter: Stranger, clock: Clock):
    link = link_of(maria, shows(maria, *has(maria)))

    assert "Vérifié aujourd’hui, 24 novembre 2026 à 11 h 12, par Mes badges" in words(recruiter.get(link).text)
    clock.move(hours=12, minutes=47)
    assert "Vérifié aujourd’hui, 24 novembre 2026" in words(recruiter.get(link).text), "one minute to midnight in Paris"
    clock.move(minutes=1)
    told = words(recruiter.get(link).text)
    assert "aujourd’hui" not in told
    assert "Vérifié le 24 novembre 2026 à 11 h 12 par Mes badges" in told


@pytest.mark.parametrize("sentence", SAID)
def test_a_state_is_told_in_the_words_of_a_recruiter(sentence: str):
    one = badge(sentence)
    if sentence == "expired":
        one = replace(one, trust=badge().trust)

    for page in (_proof_of(page_of(one)), _proof_of(details_of(one))):
        head, said = SAID[sentence]
        assert page.startswith(head)
        assert said in page.removeprefix(head)


@pytest.mark.parametrize(
    ("one", "head"),
    [
        (ELSEWHERE, "Badge qui ne vient pas de l’organisme écrit dessus"),
        (INCOMPLETE, "Badge incomplet"),
        (MISWRITTEN, "Badge mal écrit"),
        (SIGNED_WRONGLY, "Badge avec une mauvaise signature"),
    ],
    ids=lambda one: one.cause if isinstance(one, Card) else "",
)
def test_of_a_badge_that_is_false_a_recruiter_reads_what_is(one: Card, head: str):
    """« Non conforme à l’original » was said of one whose file nobody touched: its issuer’s site does not list its key."""
    for page in (_proof_of(page_of(one)), _proof_of(details_of(one))):
        assert page.startswith(head)


TICK = re.compile(r'class="also vouched">\s*<svg class="state-icon"')
"""Beside whoever gave the badges, where all of it is good."""


@pytest.mark.parametrize(
    "one",
    [*ALL, *STANDINGS.values(), SILENT, SEALED, UNSIGNED, UNCHECKED, INCOMPLETE],
    ids=lambda one: f"{one.sentence}-{one.id}",
)
def test_nothing_is_green_that_was_not_found_valid(one: Card):
    page, details = page_of(one), details_of(one)
    (proof,) = re.findall(r'<section class="proof (\w+)"', page)

    assert re.findall(r'<section class="proof (\w+)"', details) == [proof]
    assert bool(TICK.search(page)) == bool(TICK.search(details)) == (proof == "ok")
    assert (proof == "ok") == (one.sentence == "valid")
    assert proof != "ok" or (one.genuine and one.trust.standing in ("vouched", "listed"))


LATER = re.compile(r"maintenant|à cet instant|plus tard|demain|\bnow\b|\blater\b|tomorrow")
OF_FAMILIES = {
    "badge": {
        "fr": ("Nous ne pouvons pas vérifier ce badge maintenant.", "Nous ne savons pas vérifier ce badge.", "Ce fichier n’est pas signé."),
        "en": ("We cannot check this badge now.", "We do not know how to check this badge.", "This file is not signed."),
    },
    "share": {
        "fr": ("Pas vérifiable à cet instant", "Pas vérifiable ici", "Badge non signé"),
        "en": ("Cannot be checked now", "Cannot be checked here", "Badge not signed"),
    },
}  # fmt: skip
"""What a holder and a recruiter read of an unknown badge that may be known later, that never is here, that nobody signed."""


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("page", OF_FAMILIES)
@pytest.mark.breadth(beside=["share-fr"])
def test_later_is_said_only_where_later_helps(page: str, language: str):
    """Somebody came back every day for a badge that this wallet never checks; a recruiter thought that they had fled."""
    silent = badge("unknown", last_good_at=None)
    for one, said in zip((silent, UNCHECKED, UNSIGNED), OF_FAMILIES[page][language], strict=True):
        shown_badge = _state(one, language) if page == "badge" else _verdict(one, language)

        assert said in shown_badge
        assert bool(LATER.search(shown_badge)) == (one is silent), shown_badge
    for one in (UNHEARD_STATUS, SEALED, IN_PART):
        assert not LATER.search(_state(one, language) + _verdict(one, language))


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (UNSIGNED, "Rien ne prouve d’où il vient."),
        (SEALED, "Europass peut vérifier son sceau."),
        (IN_PART, "Demandez à la personne si elle a le badge entier."),
        (UNCHECKED, "Il est signé d’une façon que nous ne vérifions pas."),
    ],
)
def test_that_a_badge_was_good_once_does_not_stand_for_why_it_is_unknown(one: Card, why: str):
    """« Dernière vérification : tout allait bien » alone: nobody knew what was missing since."""
    seen = replace(one, last_good_at=NOW)
    for told in (_verdict(seen, "fr"), _proof_of(details_of(seen))):
        assert why in told
        assert told.index(why) < told.index("Dernière vérification"), "the cause comes first, the date beside it"


def _state(one: Card, language: str) -> str:
    """The box of its state on its holder's page."""
    page = PAGES.render("badges/show.html", language, **mine(one))
    return words(page.partition('id="state"')[2].partition("</section>")[0])


def _verdict(one: Card, language: str) -> str:
    return _proof_of(PAGES.render("open_share/page.html", language, **shown(opened([one]))))


def _proof_of(page: str) -> str:
    """The one verdict of the page of a share, and of that of one of its badges."""
    return words(page.partition('<section class="proof')[2].partition(">")[2].partition("</section>")[0])


@pytest.mark.breadth
def test_the_verdict_counts_those_it_speaks_of():
    expired, unheard = badge("expired", id=2), badge("unknown", id=3)
    said = {
        name: (_proof_of(page_of(*some)), _proof_of(PAGES.render("open_share/page.html", "en", **shown(opened(some)))))
        for name, some in {
            "one of two": [badge(), expired],
            "two of three": [badge(), badge(id=4), unheard],
            "both": [badge(), badge(id=4)],
        }.items()
    }

    for told, word, who in zip(
        said["one of two"], ("Vérifié", "Checked"), ("L’autre est", "The other one was"), strict=True
    ):
        assert f"{word} aujourd’hui" in told or f"{word} today" in told
        assert who in told
    assert "Les autres sont donnés par" in said["two of three"][0]
    assert "All checked" not in said["two of three"][1], "one of them could not be checked"
    assert "All checked today" in said["both"][1]
    of_a_key = Given(tie="key")
    for some, told in (([badge()], "Donné à une clé."), ([badge(), badge(id=4)], "Donnés à une clé.")):
        page = PAGES.render("open_share/page.html", "fr", **shown(replace(opened(some), given=of_a_key)))
        assert told in _proof_of(page)


@pytest.mark.parametrize("other", ["expired", "suspended", "unknown", "not-yet-valid"])
def test_where_all_bear_another_name_none_is_called_genuine_for_which_the_verdict_does_not_hold(other: str):
    """« Vrais badges, autre nom »: one of the two had ended, and nobody knew who gave it."""
    some = [badge(), replace(badge(other, id=2), trust=badge("intact").trust)]
    for count in (2, 1):
        theirs = Given(tie="differs", name="Paul Durand", names=("Paul Durand",), about=some[:count])
        page = PAGES.render("open_share/page.html", "fr", **shown(replace(opened(some[:count]), given=theirs)))
        head = {2: "2 badges à un autre nom", 1: "Vrai badge, autre nom"}[count]
        assert _proof_of(page).startswith(head)


def test_a_name_that_nobody_vouches_for_is_told_neither_as_a_name_nor_as_none():
    """« Le badge ne dit pas de nom »: it did, and we had lost its file."""
    lost = badge("unreadable", id=2)
    one, two = (
        replace(opened([badge(), lost][-count:]), given=Given(tie="unnamed", about=[lost], is_unsure=True))
        for count in (1, 2)
    )
    told = [_proof_of(PAGES.render("open_share/page.html", "fr", **shown(share))) for share in (one, two)]

    assert told[1].startswith("1 badge valide sur 2. À qui ?")
    assert "Nous n’avons pas de nom sûr pour 1 badge." in told[1]
    assert not any(said in " ".join(told) for said in ("Sans nom", "sans nom", "Donné à", "ne dit pas de nom"))
    on_paper = [words_of(share)["words"]["verdict"]["to"] for share in (one, two)]
    assert on_paper[0] == [], "as on the page: nobody reads to whom"
    assert "Nous n’avons pas de nom sûr pour 1 badge." in on_paper[1][2]["text"]


def test_another_look_is_offered_only_where_it_can_bring_something():
    told = (SILENT, IN_PART, UNCHECKED, UNHEARD_STATUS, UNSIGNED, SEALED)
    pages_of = {one.id: PAGES.render("badges/show.html", "fr", **mine(one)) for one in told}

    offered = {number for number, page in pages_of.items() if f'action="/badges/{number}/verifications"' in page}

    assert offered == {SILENT.id}
    assert "Open Badges 3.0, bbs-2023" in pages_of[UNCHECKED.id], "which kind of signature, for the curious"
    for many, is_offered in (([UNCHECKED, badge(id=2)], True), ([SILENT], True), ([UNCHECKED, UNSIGNED], False)):
        assert ('/verifications"' in page_of(*many)) == is_offered


def test_a_recruiter_is_not_told_that_whoever_shows_it_has_the_key():
    """Whoever has the file has the binding, too: a thief's page said that they had shown their key."""
    of_its_holder = PAGES.render("badges/show.html", "fr", **mine(OF_WHOM))

    for one in (OF_WHOM, replace(OF_WHOM, key_binding="failed"), IN_PART):
        assert "signées une par une" in words(details_of(one))
        for told in (words(details_of(one)), words(page_of(one))):
            assert "la clé" not in told
            assert "sa clé" not in told
    assert "La personne qui l’a partagé a montré sa clé." in words(of_its_holder)


OF_ISSUERS = (
    "Nous n’avons pas encore vérifié cet organisme.",
    "Son site le confirme : rives.exemple.fr",
    "Nous n’avons pas encore vérifié cet organisme.",
)


def test_an_issuer_that_nobody_knows_is_told_by_what_was_proven_of_it():
    key = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    of = (badge("intact", issuer_id=key, binding="self-certified"), badge("site"), STANDINGS["nobody"])
    assert [said in words(page_of(one)) for one, said in zip(of, OF_ISSUERS, strict=True)] == [True] * 3
    by_key, by_domain, by_nothing = (words(details_of(one)) for one in of)

    assert "Nous n’avons pas encore vérifié cet organisme." in by_key
    assert "Clé z6Mk haXg BZDv … 2doK" in by_key
    assert "Son site le confirme : rives.exemple.fr" in by_domain
    assert "Nous n’avons pas encore vérifié cet organisme." in by_nothing
    assert "Clé" not in by_domain + by_nothing
    assert "rives.exemple.fr" not in by_nothing + by_key


def test_a_recruiter_reads_no_key_before_they_ask_what_was_checked():
    page = page_of(STANDINGS["key"])
    seen, _, asked = details_of(STANDINGS["key"]).partition("<summary>Détails techniques")

    for told in (page, seen):
        assert "Nous n’avons pas encore vérifié cet organisme." in words(told)
        assert "z6Mk" not in told
    assert "Clé z6Mk haXg BZDv … 2doK" in words(asked)


def test_a_key_whose_ends_say_little_is_told_by_its_hash():
    (one, other) = (
        badge(
            "intact",
            issuer_id=f"did:jwk:eyJrdHkiOiJPS1AiLCJ4Ijo{middle}{'A' * 60}In0",
            binding="self-certified",
        )
        for middle in "ab"
    )

    assert one.issuer_key != other.issuer_key
    assert re.fullmatch(r"[0-9a-f]{4} [0-9a-f]{4} [0-9a-f]{4} … [0-9a-f]{4}", one.issuer_key)


def test_a_badge_without_a_name_and_a_page_without_a_badge_say_so():
    assert "Badge sans nom" in words(page_of(badge(name=" ", level="")))
    empty = words(page_of())
    assert "Il n’y a plus de badge ici. Demandez un nouveau lien à la personne." in empty
    assert "Vérifier encore" not in empty
    for some in ([badge()], []):
        drawn = PAGES.render("open_share/page.html", "fr", **shown(lasting(some), photo="/s/x/photo"))
        assert ("/s/x/photo" in drawn) == bool(some), "nobody's face stands beside nothing"


def test_a_long_word_leaves_the_first_screen_to_the_badges():
    """And stands open all the same, below the verdict: what has to be opened is read by nobody."""
    assert "Un mot pour vous" not in PAGES.render("open_share/page.html", "fr", **shown(opened([badge()])))
    long = PAGES.render("open_share/page.html", "fr", **shown(opened([badge()], word="Bonjour, " * 40)))
    before, _, after = long.partition('<section class="telling letter"')
    assert "Bonjour" not in words(before)
    assert "vous montre 1 badge" in words(before)
    assert 'class="proof' in before
    assert "Bonjour" in words(after.partition("</section>")[0])
    assert "<details" not in after.partition("</section>")[0]


def test_from_the_third_story_on_each_is_a_sentence_that_leads_to_it_and_says_from_whom_there_are_words():
    tales = [telling({"sentence": f"Phrase {number}."}, id=number) for number in range(5)]
    third, fourth = (replace(TAKEN_BACK, evidence_id=id) for id in (2, 3))
    said = (third, word_on(tales[3]), fourth, word_on(tales[4]), word_on(tales[4], name="Paul"))
    share = replace(
        opened([badge()]),
        hung=[of_moment(hung(10 + one.id, 7, one), one) for one in tales],
        endorsements=in_share(*said),
    )

    page = PAGES.render("open_share/page.html", "fr", **shown(share))
    rows = re.findall(r"<li>.*?</li>", page.partition('<ul class="more-stories">')[2].partition("</ul>")[0], re.DOTALL)

    assert [re.findall(r"/told/(\d+)", one) for one in rows] == [["12"], ["13"], ["14"]]
    assert [words(one) for one in rows] == [
        "Phrase 2.",
        "Phrase 3. Mot de Nadia Martin",
        "Phrase 4. 2 mots d’autres personnes",
    ]
    assert [f"Phrase {number}." in words(page.partition('<ul class="more')[0]) for number in range(5)] == [True] * 2 + [
        False
    ] * 3


def test_who_shows_no_name_is_called_by_that_on_the_badges_only_where_all_bear_it_and_no_other():
    two = [badge(), badge(id=8)]
    of_ali = Given(tie="nobody-shows", name="Ali", names=("Ali",), about=two)
    heads = [
        re.findall(
            r"<h1[^>]*>(.*?)</h1>",
            PAGES.render("open_share/page.html", "fr", **shown(replace(opened(two, name=""), given=one))),
        )
        for one in (of_ali, replace(of_ali, about=two[:1]), replace(of_ali, names=("Ali", "Zoé")))
    ]

    assert heads == [["2 badges donnés à Ali"], ["2 badges"], ["2 badges"]]


def test_the_first_pictures_are_those_of_badges_that_hold():
    some = [badge("revoked", id=1, name="Retiré"), *(badge(id=id, name=f"Titre {id}") for id in range(2, 8))]

    strip = page_of(*some).partition('<ul class="strip">')[2].partition("</ul>")[0]

    assert [words(one) for one in re.findall(r"<li>.*?</li>", strip, re.DOTALL)] == [
        f"Titre {id}" for id in range(2, 7)
    ]


def test_a_badge_that_stands_by_itself_leads_to_no_other_and_to_no_file_and_a_link_or_what_nobody_reads_is_no_file():
    said = one_badge(badge(), endorsements=in_share(TOWN_HALL, place=7))
    assert "Mot de Mairie d’Alençon" in words(PAGES.render("open_share/badge.html", "fr", **said))
    alone = PAGES.render("open_share/badge.html", "fr", **said | {"is_alone": True})

    assert "Mairie d’Alençon" not in words(alone), "nobody chose to show it there"
    assert set(re.findall(r'(?:href|action)="/s/\w+(/?[^"?]*)', alone)) == {"/reports"}
    for one, offered in ((badge(), True), (badge(container="link"), False), (badge("unreadable"), False)):
        assert ("/files/" in details_of(one)) == offered


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("code", ["", "1"])
@pytest.mark.breadth(beside=["1-en"])
def test_a_robot_that_draws_a_preview_reads_a_human_sentence_and_learns_nothing(
    maria: Person, recruiter: Stranger, language: str, code: str
):
    link = link_of(maria, shows(maria, *has(maria), name="Maria", word="Je cherche un poste.", code=code))

    for robot in ROBOTS:
        seen = recruiter.get(f"{link}?lang={language}", headers={"User-Agent": robot}).text

        assert previewed(seen) == PREVIEW[language], robot
        assert f"<title>{PREVIEW[language]['og:title']} – {PREVIEW[language]['og:site_name']}</title>" in seen, robot
        for secret in ("Maria", "poste", "Communiquer", "pictures/", "Organisme d’essai", link.rpartition("/")[2]):
            assert secret not in seen, robot


@pytest.mark.parametrize("below", ["/reply", "/reports", "/badges/0"])
@pytest.mark.breadth
def test_a_preview_of_what_is_below_the_page_names_nobody_either(maria: Person, recruiter: Stranger, below: str):
    """A recruiter hands on the address at which they are; and a robot may say that it is a browser."""
    link = maria.link_of(maria.shows(*maria.has(), name="Maria"))

    assert "Maria" not in recruiter.page(f"{link}{below}").partition("</head>")[0]
    for robot in ROBOTS:
        assert "Maria" not in recruiter.get(f"{link}{below}", headers={"User-Agent": robot}).text, robot


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.breadth(beside=["en"])
def test_the_page_and_its_code_say_the_same_to_a_robot_that_says_it_is_a_browser(
    maria: Person, recruiter: Stranger, language: str
):
    for code in ("", "1"):
        link = link_of(maria, shows(maria, *has(maria), name="Maria", code=code))
        head = recruiter.get(f"{link}?lang={language}", headers=BROWSER).text.partition("</head>")[0]

        assert previewed(head) == PREVIEW[language]
        assert f"<title>{PREVIEW[language]['og:title']} – " in head
        assert NOW.strftime("%Y") not in head
        for personal in ("Maria", "Communiquer", "pictures/"):
            assert personal not in head


@pytest.mark.parametrize("below", ["", "/sheet.pdf", "/presentation", "/badges/0", "/reply"])
@pytest.mark.breadth(beside=["/sheet.pdf"])
def test_whoever_is_taken_for_a_robot_comes_in_by_the_button(maria: Person, recruiter: Stranger, below: str):
    link = maria.link_of(maria.shows(*maria.has(), name="Maria"))
    page = recruiter.get(f"{link}{below}", headers={"User-Agent": ROBOTS[0]})
    sent_to = re.findall(r'<form method="post"(?: action="([^"]*)")?>', page.text)[0] or f"{link}{below}"
    opened = recruiter.post(sent_to, headers={"User-Agent": ROBOTS[0], "Sec-Fetch-Site": "same-origin"})

    assert opened.status_code == 200
    assert "Maria" in opened.text


def test_the_drawing_of_a_preview_is_ours_light_and_whole(maria: Person, recruiter: Stranger):
    """Facebook draws none below 200 points, WhatsApp none above 300 KB, and what shines through is black to them."""
    link = link_of(maria, shows(maria, *has(maria)))
    address = re.findall(r'"og:image" content="http://localhost:8000([^"]+)"', recruiter.get(link).text)

    (drawn,) = (recruiter.get(one, headers={"User-Agent": ROBOTS[0]}) for one in address)

    assert drawn.headers["content-type"] == "image/png"
    assert len(drawn.content) < 4096
    picture = Image.open(BytesIO(drawn.content))
    assert min(picture.size) >= 200
    assert picture.convert("RGBA").getextrema()[3] == (255, 255)


@pytest.mark.parametrize(
    "robot", ["facebookexternalhit", "LinkedInBot", "Slackbot-LinkExpanding", "WhatsApp", "Twitterbot"]
)
def test_who_draws_previews_is_let_in_by_robots_txt_and_who_makes_an_index_is_not(
    maria: Person, recruiter: Stranger, robot: str
):
    link = link_of(maria, shows(maria, *has(maria)))
    rules = RobotFileParser()
    rules.parse(recruiter.get("/robots.txt").text.splitlines())

    assert rules.can_fetch(f"{robot}/1.0", f"http://localhost:8000{link}")
    for stranger in ("Googlebot", "bingbot", "GPTBot", "Somebot"):
        assert not rules.can_fetch(stranger, f"http://localhost:8000{link}")
        assert rules.can_fetch(stranger, "http://localhost:8000/help")


def test_who_draws_previews_is_let_in_to_the_page_alone(recruiter: Stranger) -> None:
    """Not to the file of a badge, nor to a photo, which robots are given as everybody is: a chat would draw it."""
    told = recruiter.get("/robots.txt").text

    assert (
        told.index("User-agent: WhatsApp") < told.index("Allow: /s/\nDisallow: /s/*/\n") < told.index("User-agent: *")
    )


def previewed(html: str) -> dict[str, str]:
    """What a robot reads of it, as ogp.me says; the drawing without where it lies. It is told nothing twice."""
    found = re.findall(r'<meta(?: name="[\w:]+")? property="(og:\w+)" content="([^"]+)">', html)
    assert len(dict(found)) == len(found)
    assert html.count('name="description"') == 1
    return {name: re.sub(r".*/icons/|\.\w+(?=\.png)", "", said) for name, said in found}


def test_the_other_language_of_a_page_leads_to_the_page_and_never_to_what_was_posted(
    maria: Person, recruiter: Stranger
):
    link = link_of(maria, shows(maria, *has(maria)))

    assert f'href="{link}?lang=en"' in recruiter.get(link).text
    assert "What is a badge?" in words(recruiter.get(f"{link}?lang=en").text)


def test_a_language_that_we_do_not_speak_leads_nowhere_and_makes_no_other_print(maria: Person, recruiter: Stranger):
    """Whoever hands a link on would else write into all links of the page, and fill the memory of prints."""
    link = link_of(maria, shows(maria, *has(maria)))

    assert recruiter.get(f"{link}?lang=quenya").text == recruiter.get(link).text


def test_no_cookie_says_how_a_page_that_is_the_same_for_all_is_read(maria: Person, recruiter: Stranger):
    link = link_of(maria, shows(maria, *has(maria)))

    seen = recruiter.get(link, headers={"Cookie": "language=en; text-size=largest"}).text

    assert seen == recruiter.get(link).text
    assert '<html lang="fr"' in seen


@pytest.mark.breadth
def test_a_page_that_a_code_opened_is_there_in_the_other_language_by_its_pass(maria: Person, recruiter: Stranger):
    share = shows(maria, *has(maria), code="1")
    link = link_of(maria, share)
    id = int(share.rpartition("/")[2])
    with maria.services.database.reading() as session:
        code = maria.services.keyring.unseal(
            passcodes.get_passcode(session, [id])[id].code_sealed, passcodes.PASSCODE_SEAL
        ).decode()
    seen = recruiter.post(link, data={"code": code}, headers=BROWSER).text
    action, given = re.findall(
        rf'action="({link}[^"]*lang=en)">\s*<input type="hidden" name="pass" value="([^"]+)"', seen
    )[0]

    answer = recruiter.post(action, data={"pass": given}, headers=BROWSER)

    assert answer.status_code == 200
    assert "What is a badge?" in words(answer.text)
