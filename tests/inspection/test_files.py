"""A file is looked at whole: each badge in it has its own answer, and what is heavy costs nobody else their time."""

import errno
import json
import multiprocessing
import threading
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfWriter
from pypdf.annotations import Link

from tests.fixtures import carriers
from tests.inspection import bad_children
from tests.openbadges.support import guild, own_words, school
from tests.openbadges.support.guild import LIST, NOW
from tests.openbadges.test_bundles import badge, presentation, record
from tests.openbadges.test_endorsements import endorsement
from wallet import openbadges
from wallet.concurrency.fair_turns import FairTurns
from wallet.inspection import child_json, files, isolated
from wallet.inspection.files import Inspected, inspect_again, inspect_file, inspect_link
from wallet.inspection.inspection import Inspection, Task
from wallet.network.client import ADDRESSES
from wallet.openbadges import DamagedFile, Fetched, NotABadge, Unreachable

pytestmark = pytest.mark.slow

PAGE = "https://guild.example/badges/1"


def inspection(answers: dict[str, guild.Answer] | None = None, **more: Any) -> Inspection:
    return Inspection(fetch=guild.web(answers).fetch, now=NOW, **more)


def written(document: Any) -> bytes:
    return json.dumps(document).encode()


def states(found: list[Inspected]) -> list[str]:
    return [
        one.examination.state if one.examination else one.problem.reason if one.problem else "nothing" for one in found
    ]


def weighty(many: int = 600, **members: Any) -> dict[str, Any]:
    """A genuine badge with so many alignments that it takes a while."""
    aligned = [
        {"type": ["Alignment"], "targetName": f"Souder {number}", "targetUrl": f"https://rome.example/{number}"}
        for number in range(many)
    ]
    whole = guild.badge(**members)
    whole["credentialSubject"]["achievement"]["alignment"] = aligned
    return guild.signed(whole)


def test_a_badge_alone_is_itself() -> None:
    [found] = inspect_file("badge.json", written(badge()), inspection())

    assert (found.name, found.found_in, found.document) == ("badge.json", "", written(badge()))
    assert states([found]) == ["valid"]


def test_each_badge_of_a_record_has_its_own_answer() -> None:
    forged = {**badge(2), "name": "Ingénieure"}
    whole = written(guild.signed(record(badge(1), forged)))

    found = inspect_file("releve.json", whole, inspection())

    assert states(found) == ["valid", "valid", "invalid"]
    assert [one.found_in for one in found] == ["", "bundle", "bundle"]
    assert found[0].document == whole
    assert json.loads(found[1].document) == badge(1)
    assert inspect_again(found[1].document, inspection()).state == "valid"


def test_badges_of_one_file_share_the_answers_of_their_issuer() -> None:
    asked: list[str] = []
    web = guild.web({LIST: guild.signed(guild.status_list())})

    def fetch(address: str) -> Fetched:
        asked.append(address)
        return web.fetch(address)

    made = [guild.signed(guild.badge(id=f"urn:uuid:{number}", credentialStatus=guild.status())) for number in range(3)]
    inspect_file("", written(presentation(*made)), Inspection(fetch=fetch, now=NOW))

    assert asked.count(LIST) == 1


@pytest.mark.parametrize("is_heavy", [False, True])
@pytest.mark.breadth(beside=["True"])
def test_the_signature_of_a_presentation_is_told_beside_each_of_its_badges(
    monkeypatch: pytest.MonkeyPatch, is_heavy: bool
) -> None:
    if is_heavy:
        monkeypatch.setattr(files, "LIGHT", 100)  # of members: the badges less, all of them together more
    whole = guild.signed(presentation(badge(1), badge(2), holder=guild.did(guild.OTHER_KEY)), guild.OTHER_KEY)

    good = inspect_file("a.json", written(whole), inspection())
    changed = inspect_file("a.json", written(whole | {"verifiableCredential": [badge(1)]}), inspection())

    assert [_signature(one) for one in good] == ["passed", "passed"]
    assert [_signature(one) for one in changed] == ["failed"]
    assert states(good + changed) == ["valid"] * 3
    assert [_signature(one) for one in inspect_file("a.json", written(badge()), inspection())] == [None]
    assert [_signature(one) for one in inspect_file("a.json", written(record(badge(1))), inspection())] == [None, None]


def test_a_presentation_that_is_too_heavy_to_check_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LIGHT", 0)
    monkeypatch.setattr(isolated, "TIME", 0.05)  # less than any child needs to begin
    task = written(guild.signed(presentation(badge(1)), guild.KEY))

    told = files.inspect_presentation(task, inspection())

    assert told is not None
    assert (told.name, told.outcome, told.reason) == ("presentation", "unknown", "too-heavy")


def _signature(one: Inspected) -> str | None:
    assert one.examination is not None
    return one.examination.presentation and one.examination.presentation.outcome


def test_a_file_without_a_badge_says_why() -> None:
    assert states(inspect_file("a.txt", b"bonjour", inspection())) == ["unknown-kind"]
    assert states(inspect_file("a.json", written(presentation()), inspection())) == ["no-badge-in-presentation"]
    assert states(inspect_file("a.json", written(presentation({"a": 1}, badge())), inspection())) == [
        "not-a-badge",
        "valid",
    ]


@pytest.mark.breadth
def test_what_is_locked_in_a_zip_is_told_and_the_others_are_looked_at() -> None:
    locked = carriers.a_pdf(user_password="secret")
    found = inspect_file("a.zip", carriers.a_zip({"a.pdf": locked, "b.json": written(badge())}), inspection())

    assert states(found) == ["locked", "valid"]
    assert states(inspect_file("a.zip", carriers.a_zip({"a.pdf": locked}), inspection())) == ["locked"]
    assert states(inspect_file("a.zip", b"PK\x03\x04 broken", inspection())) == ["damaged"]


@pytest.mark.breadth
def test_links_of_a_pdf_are_followed_only_when_nothing_else_is_in_it() -> None:
    def links(writer: PdfWriter) -> None:
        for address in ("https://shop.example/", PAGE):
            writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url=address))

    def both(writer: PdfWriter) -> None:
        links(writer)
        writer.add_attachment("badge.json", written(badge(2)))

    web = {PAGE: badge(), "https://shop.example/": b"<html>"}
    [linked], [attached] = (inspect_file("a.pdf", carriers.a_pdf(make), inspection(web)) for make in (links, both))

    assert (linked.examination.badge.id, attached.examination.badge.id) == ("urn:uuid:1", "urn:uuid:2")  # type: ignore[union-attr]
    assert states(inspect_file("a.pdf", carriers.a_pdf(links), inspection())) == ["no-badge-in-pdf"]
    several = {"a.pdf": carriers.a_pdf(links), "b.json": written(badge(3)), "c.pdf": carriers.a_pdf(links)}
    assert states(inspect_file("a.zip", carriers.a_zip(several), inspection(web))) == ["valid"] * 3
    assert states(inspect_file("a.zip", carriers.a_zip(several), inspection())) == [
        "no-badge-in-pdf",
        "valid",
        "no-badge-in-pdf",
    ]


def test_an_offer_is_taken_from_the_links_of_a_pdf_only_where_it_holds_no_document() -> None:
    """Of a document that cannot be read Youssef is told what is wrong with it, and not of something that is linked beside it."""

    def links(writer: PdfWriter) -> None:
        writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url=PAGE))

    def both(writer: PdfWriter) -> None:
        links(writer)
        writer.add_attachment("badge.json", b'{"@context": "https://guild.example/unknown"}')

    led: list[list[str]] = []
    for make in (links, both):
        inspect_file("a.pdf", carriers.a_pdf(make), inspection(on_codes=led.append))

    assert led == [[PAGE]]


@pytest.mark.breadth
def test_of_the_links_of_a_pdf_those_that_lead_to_a_platform_of_badges_are_followed_first() -> None:
    """The sheet of a training centre links its funders, too; an import asks twelve addresses, and theirs would be all."""
    platform, asked = "https://openbadgefactory.com/v1/assertion/" + "5" * 40, list[str]()
    funders = [f"https://{name}.example/" for name in ("region", "opco", "cafoc")]
    page = "".join(f'<link rel="alternate" type="application/json" href="/{n}">' for n in range(9))
    web = guild.web({f"{platform}.json": badge(), **dict.fromkeys(funders, f"<html><head>{page}".encode())})

    def fetch(address: str) -> Fetched:
        asked.append(address)
        if len(asked) > ADDRESSES:
            raise Unreachable(address, "too-many")
        return web.fetch(address)

    def links(writer: PdfWriter) -> None:
        for address in (*funders, f"{platform}.html"):
            writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url=address))

    [found] = inspect_file("diploma.pdf", carriers.a_pdf(links), Inspection(fetch=fetch, now=NOW))

    assert found.examination
    assert (found.examination.badge.id, asked[0]) == ("urn:uuid:1", f"{platform}.json")


def test_of_the_many_links_of_a_pdf_ten_are_asked_and_of_these_the_one_to_a_platform_of_badges_first() -> None:
    """On the sheet of Youssef's training centre the badge stands last, below funders and towns."""
    funders, asked = [f"https://a.example/{n}" for n in range(30)], list[str]()

    def fetch(address: str) -> Fetched:
        asked.append(address)
        raise Unreachable(address, "no-answer")

    def links(writer: PdfWriter) -> None:
        for address in (*funders, f"{OBF}.html"):
            writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url=address))

    inspect_file("a.pdf", carriers.a_pdf(links), Inspection(fetch=fetch, now=NOW))

    assert (asked[0], set(asked) & set(funders)) == (f"{OBF}.json", set(funders[:9]))


OBF = "https://openbadgefactory.com/v1/assertion/" + "5" * 40
MOODLE = "https://moodle.cfa.example/badges/"


@pytest.mark.parametrize(
    ("address", "answer", "told"),
    [
        (f"{OBF}.html", "timeout", "pdf-no-answer"),
        (f"{OBF}.html", "no-answer", "pdf-no-answer"),
        (f"{OBF}.html", 503, "pdf-no-answer"),
        (f"{OBF}.html", 429, "pdf-no-answer"),
        (f"{OBF}.html", 404, "no-badge-in-pdf"),
        (f"{OBF}.html", "too-many", "no-badge-in-pdf"),
        (f"{OBF}.html", "too-big", "no-badge-in-pdf"),
        (f"{MOODLE}badge.php?hash={'5' * 40}", "timeout", "pdf-no-answer"),
        ("https://shop.example/", "timeout", "no-badge-in-pdf"),
    ],
)
@pytest.mark.breadth
def test_of_a_pdf_whose_badge_is_on_a_platform_that_is_silent_it_is_not_said_that_there_is_none(
    address: str, answer: guild.Answer, told: str
) -> None:
    """Youssef would ask his training centre for a picture, where an hour later all is well; and nobody tells him to come
    back where an hour later all is as it was."""
    pdf = carriers.a_pdf(lambda writer: writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url=address)))
    web = dict.fromkeys((f"{OBF}.json", f"{MOODLE}assertion.php?b={'5' * 40}&obversion=2", address), answer)

    assert states(inspect_file("diploma.pdf", pdf, inspection(web))) == [told]


@pytest.mark.breadth
def test_the_page_of_a_platform_that_answers_is_not_taken_for_its_badge_that_does_not() -> None:
    """The page is drawn by a program in the browser: it stands there when the badge behind it is not to be had."""
    pdf = carriers.a_pdf(lambda writer: writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url=f"{OBF}.html")))
    web = {f"{OBF}.json": 503, f"{OBF}.html": b"<html><script src=app.js></script>"}

    assert states(inspect_file("diploma.pdf", pdf, inspection(web))) == ["pdf-no-answer"]


@pytest.mark.breadth
def test_a_link_may_lead_to_a_pdf() -> None:
    pdf = carriers.a_pdf(lambda writer: writer.add_attachment("badge.json", written(badge())))

    [found] = inspect_link(PAGE, inspection({PAGE: pdf}))

    assert (found.name, found.found_in, found.file) == ("badge.json", "pdf", pdf)
    assert states([found]) == ["valid"]


def test_a_link_leads_to_its_badge() -> None:
    assert states(inspect_link(PAGE, inspection({PAGE: badge()}))) == ["valid"]
    assert states(inspect_link(PAGE, inspection({PAGE: "timeout"}))) == ["link-no-answer"]
    assert states(inspect_link(PAGE, inspection({PAGE: b"bonjour"}))) == ["link-no-badge"]


def test_what_is_heavy_is_worked_out_in_a_child_with_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    made = weighty(credentialStatus=guild.status())
    answers = {LIST: guild.signed(guild.status_list())}
    [found] = inspect_file("badge.json", written(made), inspection(answers, addresses=["maria@example.org"]))

    monkeypatch.setattr(files, "LIGHT", 1_000_000)
    [here] = inspect_file("badge.json", written(made), inspection(answers, addresses=["maria@example.org"]))

    assert found.examination == here.examination
    assert found.examination is not None
    assert [check.outcome for check in found.examination.checks].count("passed") == 7  # all but the registry
    assert multiprocessing.active_children() == []


@pytest.mark.breadth
def test_a_child_is_given_the_vocabulary_of_the_issuer_and_tells_of_no_other() -> None:
    given = {own_words.WORDS: own_words.context() + b" " * 100_000}  # so long that nobody works it out here
    made = written(own_words.signed(own_words.badge(workload="30 h"), given))

    found = inspect_again(made, inspection(contexts=given))

    assert (found.state, found.own_words) == ("valid", ("/workload",))
    assert found.own_contexts == {own_words.WORDS: sha256(given[own_words.WORDS]).hexdigest()}
    with pytest.raises(child_json.UntrueAnswer):
        isolated._checked(found, openbadges.Web(inspection().fetch, NOW))


def test_an_issuer_that_is_silent_is_silent_for_the_child_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LIGHT", 0)
    made = guild.signed(guild.badge(credentialStatus=guild.status()))

    [found] = inspect_file("badge.json", written(made), inspection({LIST: "timeout"}))

    assert states([found]) == ["unknown"]
    assert found.examination is not None
    assert found.examination.unanswered == (LIST,)


@pytest.mark.breadth
def test_an_endorser_that_is_silent_is_no_silent_issuer_for_the_child_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """The badge would else be told as one whose issuer does not answer, and be looked at day after day."""
    monkeypatch.setattr(files, "LIGHT", 0)
    silent = guild.signed(endorsement(issuer="https://hall.example/"), guild.OTHER_KEY, "https://hall.example/#key")
    made = guild.signed(guild.badge(endorsement=[silent], credentialStatus=guild.status()))

    web = {LIST: "timeout", "https://hall.example/": "timeout"}
    [found] = inspect_file("badge.json", written(made), inspection(web, asks_endorsers=True))

    assert found.examination is not None
    assert [one.state for one in found.examination.endorsements] == ["unknown"]
    assert found.examination.unanswered == (LIST,)
    assert found.examination.endorsers == ("https://hall.example/",)


@pytest.mark.parametrize("light", [0, files.LIGHT])
@pytest.mark.breadth(beside=["1500"])
def test_what_an_endorser_answers_is_kept_of_no_badge_be_it_heavy_or_light(
    monkeypatch: pytest.MonkeyPatch, light: int
) -> None:
    monkeypatch.setattr(files, "LIGHT", light)
    said = endorsement(issuer=guild.WEB_DID)
    made = guild.signed(guild.badge(endorsement=[guild.signed(said, guild.OTHER_KEY, f"{guild.WEB_DID}#key-1")]))
    answers = {guild.DID_DOCUMENT: guild.did_document(guild.OTHER_KEY)}

    [found] = inspect_file("badge.json", written(made), inspection(answers, asks_endorsers=True))
    [unasked] = inspect_file("badge.json", written(made), inspection(answers))

    assert found.examination is not None
    assert unasked.examination is not None
    assert [one.state for one in found.examination.endorsements] == ["valid"]
    assert (found.examination.seen, found.examination.endorsers) == ((), (guild.DID_DOCUMENT,))
    assert [one.reason for one in unasked.examination.endorsements] == ["not-asked"]
    assert not unasked.examination.are_endorsers_asked


def test_endorsers_that_are_silent_take_nothing_of_the_badges_that_came_with_them() -> None:
    """Four badges' endorsers would use up the addresses and the seconds of the import, and the fifth badge be unknown."""
    halls = [f"https://hall{number}.example/" for number in range(4)]
    silent = [guild.signed(endorsement(issuer=one), guild.OTHER_KEY, f"{one}#key") for one in halls]
    badges = [
        guild.signed(guild.badge(id=f"urn:uuid:b{number}", endorsement=silent, credentialStatus=entry))
        for number in range(5)
        for entry in [guild.status(statusListCredential=f"https://lists.example/{number}")]
    ]
    lists = {one["credentialStatus"]["statusListCredential"]: one for one in badges}
    web = guild.web({address: guild.signed(guild.status_list(id=address)) for address in lists})
    asked: list[str] = []

    def fetch(address: str) -> Fetched:
        asked.append(address)
        return web.fetch(address)

    found = inspect_file("all.json", written(presentation(*badges)), Inspection(fetch=fetch, now=NOW))

    assert states(found) == ["valid"] * 5
    assert asked == list(lists)


@pytest.mark.breadth
def test_what_the_child_cannot_read_is_told_in_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LIGHT", 0)
    whole = written({**badge(), "type": ["VerifiableCredential", "BitstringStatusListCredential"]})

    [found] = inspect_file("list.json", whole, inspection())

    assert isinstance(found.problem, NotABadge)
    assert states([found]) == ["status-list"]


def test_what_takes_too_much_work_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        isolated, "TIME", 0.05
    )  # less than any child needs to begin; a second of CPU is much for a fast machine
    monkeypatch.setattr(files, "LIGHT", 0)

    [found] = inspect_file("badge.json", written(weighty()), inspection())

    assert isinstance(found.problem, DamagedFile)
    assert states([found]) == ["too-heavy"]
    assert multiprocessing.active_children() == []


def test_an_issuer_that_hangs_holds_no_child_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LIGHT", 0)
    monkeypatch.setattr(isolated, "TIME", 0.2)

    def fetch(address: str) -> Fetched:
        time.sleep(0.3)
        raise Unreachable(address, "timeout")

    made = guild.signed(guild.badge(credentialStatus=guild.status()))
    [found] = inspect_file("badge.json", written(made), Inspection(fetch=fetch, now=NOW))

    assert states([found]) == ["too-heavy"]
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(
    ("work", "seconds", "reason"),
    [
        (bad_children.dies_at_once, 60.0, "busy"),
        (bad_children.reads_nothing, 1.0, "too-heavy"),
        (bad_children.feigns_death, 60.0, "too-heavy"),
    ],
)
@pytest.mark.breadth
def test_a_child_that_dies_or_sleeps_holds_nobody(
    monkeypatch: pytest.MonkeyPatch, work: Any, seconds: float, reason: str
) -> None:
    """What is sent to it is larger than a pipe holds."""
    monkeypatch.setattr(files, "LIGHT", 0)
    monkeypatch.setattr(isolated, "TIME", seconds)
    monkeypatch.setattr(isolated, "_work", work)
    monkeypatch.setattr(isolated, "AT_ONCE", FairTurns(1))

    for _ in range(2):
        found = inspect_file("badge.json", written(guild.signed(guild.badge(description="x" * 500_000))), inspection())
        assert states(found) == [reason]
    assert multiprocessing.active_children() == []


def test_a_child_that_is_taken_over_gets_no_file_no_network_and_no_process(
    kernel_wall: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "keys.json"
    secret.write_text("secret")
    monkeypatch.setattr(isolated, "_work", bad_children.works_taken_over)

    with pytest.raises(DamagedFile) as found:
        isolated.examine_in_child(Task(document=str(secret).encode(), stood_at="", inspection=inspection()))

    assert found.value.detail == "nothing"


def test_no_room_for_a_line_to_a_child_takes_no_turn_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(files, "LIGHT", 0)
    with monkeypatch.context() as crowded:
        crowded.setattr(isolated._SPAWN, "Pipe", full)
        assert [states(inspect_file("a.json", written(badge()), inspection())) for _ in range(3)] == [["busy"]] * 3

    assert states(inspect_file("a.json", written(badge()), inspection())) == ["valid"]


def test_no_room_for_the_thread_that_ends_a_child_is_told_as_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_timer: threading.Timer) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(files, "LIGHT", 0)
    monkeypatch.setattr(isolated, "AT_ONCE", FairTurns(1))
    with monkeypatch.context() as crowded:
        crowded.setattr(threading.Timer, "start", refused)
        assert [states(inspect_file("a.json", written(badge()), inspection())) for _ in range(2)] == [["busy"]] * 2

    assert states(inspect_file("a.json", written(badge()), inspection())) == ["valid"]


def test_one_file_has_only_so_much_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "INSPECTION_BUDGET", -1)
    monkeypatch.setattr("wallet.inspection.INSPECTION_BUDGET", -1)

    assert states(inspect_file("a.json", written(presentation(badge(1), badge(2))), inspection())) == ["late", "late"]


def test_those_who_wait_too_long_for_a_child_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LIGHT", 0)
    monkeypatch.setattr(isolated, "PATIENCE", 0.01)
    monkeypatch.setattr(isolated, "AT_ONCE", FairTurns(0))

    assert states(inspect_file("badge.json", written(badge()), inspection())) == ["busy"]


def test_a_hosted_badge_is_asked_for_where_it_stood() -> None:
    """Open Badges 0.5 say nowhere where they stand: only the link that led there does."""
    old = {
        "recipient": "maria@example.org",
        "badge": {
            "version": "0.5.0",
            "name": "Souder",
            "image": "/souder.png",
            "description": "Assembler deux tôles.",
            "criteria": "/souder",
            "issuer": {"origin": school.HOME, "name": "École du métal"},
        },
    }
    address = f"{school.HOME}/old/1"

    [found] = inspect_link(address, inspection({address: old}))

    assert states([found]) == ["valid"]
    assert json.loads(found.document) == old
    assert inspect_again(found.document, inspection({address: old}), found.stood_at).state == "valid"
    assert inspect_again(found.document, inspection({address: 404}), found.stood_at).state == "unknown"


def test_a_heavy_word_is_worked_out_in_a_child_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    content = json.dumps(guild.signed(endorsement(), guild.OTHER_KEY)).encode()
    [light] = files.inspect_file("mot.json", content, Inspection(now=guild.NOW))
    monkeypatch.setattr(files, "LIGHT", 1)

    [heavy] = files.inspect_file("mot.json", content, Inspection(now=guild.NOW))

    assert light.endorsement == heavy.endorsement
    assert (heavy.endorsement.state if heavy.endorsement else "", heavy.examination) == ("valid", None)
    assert heavy.problem is not None
    assert heavy.problem.reason == "endorsement"
