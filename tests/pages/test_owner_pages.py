"""What the pages of a holder say where one thing is easily taken for its neighbour: which badge, word, day or share it is."""

import re
from dataclasses import replace
from datetime import datetime
from html import unescape
from types import SimpleNamespace
from typing import Any

from tests.fixtures.screens import SCREENS, drawn, pages
from tests.fixtures.screens_cards import DAY, DETAILED, NOW, SENTENCES, badge, checks
from tests.fixtures.screens_evidence import telling
from tests.fixtures.screens_keys import COMPUTER, LONG, PHONE, STICK
from tests.fixtures.screens_shares import BEFORE, elsewhere, told
from tests.fixtures.visits import words
from wallet.archive.import_report import ImportReport
from wallet.badges.paging import BadgePage
from wallet.evidence.models import Answer
from wallet.evidence.views import EvidenceView
from wallet.pages.languages import LANGUAGES
from wallet.shares.editions import ShareEdition
from wallet.shares.models import Share
from wallet.shares.owner_view import Remembered


def render(screen: str, **other: Any) -> str:
    """*screen*, with something else about it."""
    template, given = SCREENS[screen]
    return pages().render(template, "fr", **given | other)


def test_one_badge_is_spoken_of_as_one_and_two_as_two() -> None:
    one, two = words(render("result")), words(render("result", others=[badge(id=8)]))

    assert "Gardez-le, il est à vous Vous l’ouvrez avec le doigt" in one
    assert "Gardez-les, ils sont à vous Vous les ouvrez avec le doigt" in two


def test_a_check_of_what_is_not_there_is_no_good_one() -> None:
    """« La date de fin est bonne » of a badge that has none, or « ne l’a pas retiré » of who announces nothing, was seen by nobody."""
    reasons = {"not_ended": "no-end-given", "not_withdrawn": "no-withdrawal-announced"}
    found = [one | {"reason": reasons.get(one["name"], "")} for one in checks("valid")]

    seen = words(render("badge, valid", badge=badge(checks=found)))

    assert seen.count("Il n’a pas de date de fin.") == seen.count("L’organisme n’annonce pas de retrait.") == 2
    assert "La date de fin est bonne." not in seen
    assert "L’organisme ne l’a pas retiré." not in seen


def test_a_comment_that_no_longer_holds_looks_like_it() -> None:
    chips = re.findall(
        r'<span class="chip (\w+)">\s*<svg.*?</svg>([^<]*)</span>', drawn("badge, with all that it says"), re.DOTALL
    )

    assert {(tone, text.split(".")[0]) for tone, text in chips} == {
        ("paper", "Ce mot n’a pas été changé"),
        ("old", "Ce mot n’est plus valable"),
        ("stop", "Ce mot a été changé"),
        ("stop", "La personne indiquée n’a pas écrit ce mot"),
        ("stop", "Ce mot a été retiré"),
        ("old", "Nous n’avons pas pu vérifier ce mot"),
        ("old", "Nous n’avons pas encore vérifié ce mot"),
    }


def test_what_the_issuer_saw_is_told_in_a_text_or_by_what_goes_with_it() -> None:
    text, thing = "Elle a expliqué son travail.", {"issuer_evidence": [{"name": "Atelier", "url": "", "text": ""}]}

    for one in (badge(narrative=text, issuer_evidence=[]), badge(narrative="", **thing)):
        seen = words(render("badge, valid", badge=one))
        assert f"Ce que l’organisme a vu {one.narrative or 'Atelier'}" in seen
    assert "Ce que l’organisme a vu" not in words(render("badge, valid", badge=badge(narrative="", issuer_evidence=[])))


def test_what_a_badge_says_in_its_issuers_own_vocabulary_is_named_where_there_is_any() -> None:
    kept = {"own_contexts": {"https://rives.exemple.fr/mots": "0b5345"}}
    with_words = words(render("badge, valid", badge=badge(**kept, own_words=["poste"])))
    without = words(render("badge, valid", badge=badge(**kept)))

    assert "Ces parties sont dans le vocabulaire de l’organisme : poste Nous gardons ce vocabulaire" in with_words
    assert "Nous gardons ce vocabulaire avec votre badge : https://rives.exemple.fr/mots SHA-256 0b5345" in without
    assert "Ces parties" not in without


def test_of_several_comments_the_one_goes_beside_which_it_was_said() -> None:
    page = drawn("badge, several words on it")

    assert re.findall(r'/words/(\d)/removal">\s*<button class="button quiet" aria-describedby="word-(\d)"', page) == [
        (number, number) for number in "23456"
    ]


def test_what_cannot_be_shown_is_offered_nowhere() -> None:
    """A button that cannot work costs Kévin an hour, and the employer sees nothing."""
    never = {"revoked", "invalid", "unreadable"}
    on_its_page = {one for one in SENTENCES if "Montrer ce badge" in words(render("badge, valid", badge=badge(one)))}
    elsewhere_too = {
        one
        for one in SENTENCES
        if "le montrer sur Ma page" in words(pages().render("badges/export.html", "fr", **elsewhere(badge(one), "png")))
    }

    assert on_its_page == elsewhere_too == {*SENTENCES} - never


def test_a_voice_is_spoken_anew_in_the_place_of_the_one_that_was_heard() -> None:
    def sent(screen: str) -> list[tuple[str, str]]:
        (recorder,) = re.findall(r"<voice-recorder ([^>]*)>", drawn(screen))
        return re.findall(r'data-(to|about|instead|over)="([^"]*)"', recorder)

    to = ("to", "/evidence/1/attachments")
    assert sent("moment, me") == [to, ("about", "me")]
    assert sent("moment, its voice heard again") == [to, ("about", "facts"), ("instead", "2")]
    assert sent("moment, its voice, read over") == [to, ("about", "facts"), ("instead", "2"), ("over", "1")]


def test_what_one_writes_is_spelt_in_the_language_that_one_reads() -> None:
    """Else the phone of Kevin underlines each French word."""
    for screen in (
        "moment, me",
        "moment, a sentence of one’s own",
        "moment, signed out meanwhile",
        "moment, gone meanwhile",
    ):
        for language in LANGUAGES:
            (field,) = re.findall(r'<(?:textarea|input)[^>]*id="text"[^>]*>', drawn(screen, language))
            assert f' lang="{language}"' in field, (screen, language)


def test_a_word_is_corrected_in_the_text_that_it_was_found_in() -> None:
    """Each is sent after the text that the phone read: else what was written in another window meanwhile is lost."""
    answers = {
        question: Answer(id=number, evidence_id=1, question=question, text=question, key=question, made_at=NOW)
        for question, number in (("facts", 31), ("me", 32))
    }
    page = render("moment, saved", told=telling(answers=answers))

    assert re.findall(r'data-after="(\d+)"\s+data-to="([^"]+)">(\w+)<', page) == [
        ("31", "/evidence/1/answers/facts", "facts"),
        ("32", "/evidence/1/answers/me", "me"),
    ]


def test_each_thing_that_a_share_hid_or_showed_besides_is_told_by_itself() -> None:
    lines = {
        "shows_marks": "Notes montrées",
        "shows_siae": "Travail en SIAE montré",
        "hides_name": "Nom sur les badges caché",
    }
    none = dict.fromkeys(lines, False)

    for flag, line in lines.items():
        days = {"shown_from": BEFORE.shown_from, "shown_until": BEFORE.shown_until}
        before = ShareEdition(id=1, share_id=3, told=BEFORE.told | none | {flag: True}, **days)
        now = words(render("details", share=told([badge()], **none | {flag: True})))
        then = words(render("details", editions=[before])).partition("Ce qu’il montrait avant")[2]
        for text in (now, then):
            assert [one for one in lines.values() if one in text] == [line]


def test_of_a_badge_that_was_removed_since_its_name_is_all_that_it_takes_to_say_so() -> None:
    """What an archive brought back without a word of it was not removed by anybody."""
    nothing = Remembered(name="", level="", issuer_name="", issued_on=None, now=None)
    record = SCREENS["details"][1]["record"]

    def told_of(one: Remembered) -> str:
        return words(
            render("details", record=replace(record, badges=[one]))
            .partition('class="remembered"')[2]
            .partition("</ul>")[0]
        )

    assert told_of(replace(nothing, name="Souder")).endswith("Souder Vous l’avez enlevé depuis.")
    assert told_of(replace(nothing, issuer_name="GRETA")).endswith("Vous l’avez enlevé depuis.")
    assert told_of(nothing).endswith("Un badge que vous n’avez plus")


def test_where_the_keys_are_is_told_of_one_to_three() -> None:
    def line(*keys: Any) -> str:
        (found,) = re.findall(r'id="finger-line">(.*?)</span>', render("settings", keys=[*keys]), re.DOTALL)
        return " ".join(found.split())

    assert line() == "Pas encore de clé"
    assert line(PHONE) == "1 clé : cet appareil"
    assert line(COMPUTER) == "1 clé : un ordinateur"
    assert line(PHONE, COMPUTER, STICK) == "3 clés : cet appareil, un ordinateur, Petite clé bleue"
    assert line(PHONE, COMPUTER, STICK, LONG) == "4 clés"


def test_each_kind_that_came_back_with_a_folder_is_counted_as_itself() -> None:
    said = {
        "moments": "3 moments racontés sont de nouveau ici.",
        "attachments": "3 photos, sons ou fichiers sont de nouveau ici.",
        "endorsements": "3 mots sur vous sont de nouveau ici.",
        "shares": "3 anciens partages sont de nouveau ici, arrêtés.",
        "messages": "3 messages sont de nouveau ici.",
        "addresses": "3 adresses e-mail sont de nouveau ici, à confirmer.",
    }

    assert {
        kind: words(
            "".join(
                re.findall(r'<ul class="checks">(.*?)</ul>', render("back", back=ImportReport(**{kind: 3})), re.DOTALL)
            )
        )
        for kind in said
    } == said


def test_the_pages_of_a_sieve_stay_in_it() -> None:
    def ways(number: int) -> list[str]:
        page = render("21 badges, those to look at", leaf=BadgePage(number, 3, 50, ()))
        return re.findall(r'rel="(?:prev|next)"\s+href="([^"]*)"', unescape(page))

    assert ways(1) == ["/badges?show=review&sort=issuer&page=2"]
    assert ways(2) == ["/badges?show=review&sort=issuer&page=1", "/badges?show=review&sort=issuer&page=3"]
    assert ways(3) == ["/badges?show=review&sort=issuer&page=2"]


def test_whoever_looks_for_a_badge_by_kind_keeps_the_order_and_by_order_the_kind() -> None:
    page = drawn("choose of sixty, those that have expired, by name")

    again, *sieve = re.findall(r'name="seek" value="([^"]*)"', page)
    assert again == "expired.name"
    assert sieve == [".name", "good.name", "expired.name", "expired.issuer", "expired.date", "expired.name"]


def test_the_bar_leads_to_five_places_names_the_one_and_keeps_what_works_without_internet() -> None:
    (bar,) = re.findall(r'<nav class="bar".*?</nav>', drawn("moments"), re.DOTALL)
    (kept,) = re.findall(r'data-keep="([^"]*)"', bar)

    assert kept.split() == ["/badges", "/path", "/shares", "/code", "/evidence", "/evidence/draft", "/page"]
    assert [
        (where, "aria-current" in more, words(word))
        for where, more, word in re.findall(r'<a href="([^"]*)"([^>]*)>(.*?)</a>', bar, re.DOTALL)
    ] == [
        ("/badges", False, "Badges"),
        ("/path", False, "Parcours"),
        ("/shares/new", False, "Montrer"),
        ("/evidence", True, "Raconter"),
        ("/settings", False, "Moi"),
    ]
    assert 'class="dot"' not in bar
    assert '<b class="dot" role="img" aria-label="3 nouveaux messages"></b>' in render("moments", unread=3)


def exported(part: str, **given: Any) -> str:
    """A part of the page in an archive, as it is read."""
    return words(pages().render(f"archive/exported_page/{part}.html", "fr", **given)).replace("\u00a0", " ")


def test_the_folder_tells_the_last_good_check_of_what_is_not_good_now() -> None:
    entry = {"paths": {"picture": "", "file": "badges/1.json"}, "trust": DETAILED.trust, "moments": (), "elsewhere": ()}

    def told_of(sentence: str) -> str:
        return exported("_badge", badge=badge(sentence), entry=entry, id="badge-1", made_at=NOW)

    assert "La dernière bonne vérification date du 23 novembre 2026." in told_of("unknown")
    assert "La dernière bonne vérification" not in told_of("site")


def test_the_folder_tells_when_a_badge_was_given_and_a_moment_told() -> None:
    whole, begun = telling(begun_at=NOW - 5 * DAY), telling(begun_at=NOW - 5 * DAY, told_at=None)
    entry = {"paths": {"picture": "", "file": ""}, "trust": DETAILED.trust, "moments": (), "elsewhere": ()}

    def told_of(moment: EvidenceView) -> str:
        return exported("_moment", moment={"telling": moment, "paths": {}, "earlier": []}, level=3)

    assert "Le 8 mai 2026" in exported("_badge", badge=badge(), entry=entry, id="badge-1", made_at=NOW)
    assert "Magasin du port , 24 novembre 2026 Que s’est-il passé ?" in told_of(whole)
    assert "Magasin du port , 19 novembre 2026 – À finir Que s’est-il passé ?" in told_of(begun)


def test_the_folder_tells_of_each_text_when_it_was_written() -> None:
    earlier = Answer(id=9, evidence_id=1, question="me", text="J’ai crié.", key="9", made_at=NOW - 3 * DAY)
    moment = {"telling": telling(), "paths": {}, "earlier": [earlier]}

    assert "Qu’avez-vous fait, vous ? 21 novembre 2026 J’ai crié." in exported("_moment", moment=moment, level=3)


def test_the_folder_tells_until_when_my_page_was_there() -> None:
    def told_of(stopped_at: datetime | None = None, *, is_page: bool = True, is_history: bool = False) -> str:
        share = Share(
            id=3, is_page=is_page, is_history=is_history, created_at=NOW - DAY, ends_at=NOW, stopped_at=stopped_at
        )
        row = {"purpose": "", "word": ""}
        return exported(
            "_share", share=share, row=row, names={}, told=SimpleNamespace(openings={3: []}, editions={3: []})
        )

    assert "Jusqu’au sans date de fin" in told_of()
    assert "Jusqu’au 23 novembre 2026" in told_of(NOW - DAY)
    assert "Jusqu’au 24 novembre 2026" in told_of(is_history=True)
    assert "Jusqu’au 24 novembre 2026" in told_of(is_page=False)


def test_the_folder_tells_what_my_page_showed_before_the_latest_first() -> None:
    share = Share(id=3, is_page=True, created_at=NOW - 9 * DAY, ends_at=NOW)
    editions = [
        SimpleNamespace(shown_until=NOW - days * DAY, told=SimpleNamespace(badges=[], word=word))
        for days, word in ((5, "Je cherche."), (2, "Je souderais."))
    ]
    told = SimpleNamespace(openings={3: []}, editions={3: editions}, has_words=True)

    page = exported("_share", share=share, row={"purpose": "", "word": ""}, names={}, told=told)

    before = page.partition("Ce qu’il montrait avant")[2]
    assert re.findall(r"Jusqu’au (\d+) novembre|« ?(.*?) ?»", before) == [
        ("22", ""), ("", "Je souderais."), ("19", ""), ("", "Je cherche."),
    ]  # fmt: skip
