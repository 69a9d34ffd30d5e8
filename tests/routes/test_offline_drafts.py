"""Drafts that a phone kept while nothing could be sent: each is taken in once, by its own holder, whatever comes with it."""

import re
import secrets
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from tests.fixtures.made_once import has, tells
from tests.fixtures.photos import photo
from tests.fixtures.recordings import fragments, webm
from tests.fixtures.visits import Clock, Person
from wallet import web
from wallet.evidence import attachments, editing, offline_drafts
from wallet.evidence.answers import LIMITS, TEXT_LIMIT, WORDS
from wallet.evidence.editing import UNDO_REMOVAL
from wallet.evidence.models import Answer, Attachment, Evidence
from wallet.evidence.offline_drafts import LASTS, REMEMBERED, DraftDelivery
from wallet.operations import cleanup

SCRIPTS = Path(web.__file__).parents[1] / "static" / "js"
FACTS = "Un client était en colère."
VOICE = ("voix.webm", webm())
PHOTO = ("IMG_2041.jpg", photo("JPEG"))
HEADS = {
    "webm": ("voix.webm", VOICE[1].partition(b"\x1f\x43\xb6\x75")[0]),
    "mp4": ("voix.m4a", fragments(from_the_file=False, tells="each run").partition(b"moof")[0]),
}
"""Recordings in which nothing is said yet."""
FILE = '; filename="a\0b\u202e.jpg"'
TEXT_NAMED_AS_A_VOICE = ("voix.webm", b"Bonjour, ceci est un texte.")


def mark(person: Person) -> str:
    """Whose drafts a phone keeps, as its pages say."""
    return str(person.get("/drafts/key").json()["of"])


def draft(person: Person, **said: Any) -> dict[str, Any]:
    """What a phone sends of a draft, but for its files."""
    return {"of": mark(person), "key": secrets.token_hex(16), "draft": secrets.token_hex(16)} | said


def sends(person: Person, what: dict[str, Any], *files: tuple[str, bytes]) -> Any:
    uploads = [("files", (name, content, "application/octet-stream")) for name, content in files]
    return person.post("/drafts", data=what, files=uploads or None)


def rows(person: Person) -> dict[str, int]:
    with person.services.database.reading() as session:
        return {
            model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Evidence, Answer, Attachment, DraftDelivery)
        }


@pytest.mark.breadth
def test_a_moment_told_without_network_is_there_whole(maria: Person):
    [badge] = has(maria)
    told = {question: f"Réponse {question}." for question in WORDS}

    answer = sends(maria, draft(maria, situation="work", place="Le bus", badge=badge, **told), VOICE, PHOTO)

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {"at": "/evidence/1/answers/sentence", "refused": 0, "unsaid": 0}
    page = maria.reads("/evidence/1")
    assert "Relisez" in page
    assert "Au travail, Le bus" in page
    for text in told.values():
        assert text in page
    assert maria.page("/evidence/1").count('class="attached"') == 2
    assert f"/badges/{badge}" in maria.page("/evidence/1")


@pytest.mark.breadth
def test_all_that_a_draft_may_hold_comes_in(maria: Person):
    """Six photos beside what was told were one field too many: the phone kept them, and was refused each time."""
    (most,) = re.findall(r"const MOST = (\d+) // files", (SCRIPTS / "evidence-draft.js").read_text())
    files = int(most)
    said = dict.fromkeys(LIMITS, "Dit.") | {"situation": "work", "evidence": "0", "after": "0", "badge": has(maria)}
    beside = {"about": [""] * files, "instead": ["0"] * files}

    answer = sends(maria, draft(maria, **said, **beside), PHOTO, *[TEXT_NAMED_AS_A_VOICE] * (files - 1))

    assert (answer.status_code, answer.json()) == (200, {"at": "/evidence/1?sent=1", "refused": files - 1, "unsaid": 0})
    assert rows(maria) == {"evidence": 1, "answers": len(LIMITS), "attachments": 1, "sendings": 1}


def test_sent_three_times_it_is_one_moment_and_one_answer(maria: Person):
    what = draft(maria, situation="work", facts=FACTS)

    told = [sends(maria, what, VOICE, TEXT_NAMED_AS_A_VOICE).json() for _ in range(3)]

    assert told == [{"at": "/evidence/1?sent=1", "refused": 1, "unsaid": 0}] * 3
    assert rows(maria) == {"evidence": 1, "answers": 2, "attachments": 1, "sendings": 1}


@pytest.mark.breadth
def test_sent_eight_times_at_once_it_is_one_moment(maria: Person):
    what = draft(maria, situation="work", facts=FACTS)

    with ThreadPoolExecutor(8) as together:
        told = list(together.map(lambda _: sends(maria, what, PHOTO), range(8)))

    assert {answer.status_code for answer in told} == {200}
    assert {answer.text for answer in told} == {told[0].text}
    assert rows(maria) == {"evidence": 1, "answers": 2, "attachments": 1, "sendings": 1}


@pytest.mark.breadth
def test_written_on_after_its_answer_was_lost_it_is_the_same_moment(maria: Person):
    what = draft(maria, situation="work", facts=FACTS)
    sends(maria, what, VOICE)

    sends(maria, what | {"key": secrets.token_hex(16), "facts": "Deux clients.", "me": "J’ai écouté."}, VOICE, PHOTO)

    assert rows(maria) == {"evidence": 1, "answers": 4, "attachments": 2, "sendings": 2}
    assert "Deux clients." in maria.reads("/evidence/1")
    assert FACTS in maria.reads("/evidence/1/answers")


@pytest.mark.breadth
def test_a_repeat_brings_back_nothing_that_was_taken_away(maria: Person, clock: Clock):
    what = draft(maria, situation="work", facts=FACTS)
    first = sends(maria, what).json()
    maria.post("/evidence/1/removal")

    assert sends(maria, what).json() == first
    assert "Racontez un jour où rien" in maria.reads("/evidence")
    clock.now += UNDO_REMOVAL + timedelta(minutes=1)
    cleanup.forget_expired(maria.services.database, clock.now)
    assert sends(maria, what).json() == {"at": "/evidence", "refused": 0, "unsaid": 0}
    assert rows(maria) == {"evidence": 0, "answers": 0, "attachments": 0, "sendings": 1}


@pytest.mark.breadth
def test_an_answer_to_a_moment_goes_there(maria: Person):
    moment = tells(maria, facts=FACTS)
    what = draft(maria, evidence=moment.rpartition("/")[2], me="J’ai écouté.")

    for _ in range(3):
        assert sends(maria, what, VOICE).json()["at"] == moment

    assert "J’ai écouté." in maria.reads(moment)
    assert rows(maria) == {"evidence": 1, "answers": 3, "attachments": 1, "sendings": 1}


def test_a_voice_that_waited_answers_its_question_and_is_heard_there(maria: Person):
    moment = tells(maria)
    what = draft(maria, evidence=moment.rpartition("/")[2], about="result", instead="0")

    for _ in range(3):
        assert sends(maria, what, VOICE).json()["at"] == f"{moment}/answers/result/voice"

    assert "Question 4 sur 5" in maria.reads(f"{moment}/answers/result/voice")


def test_a_voice_that_was_spoken_anew_without_network_takes_the_place_of_the_first(maria: Person):
    moment = tells(maria)
    number = int(moment.rpartition("/")[2])
    sends(maria, draft(maria, evidence=number, about="facts"), VOICE)

    sends(maria, draft(maria, evidence=number, about="facts", instead="1"), ("voix.webm", webm(50)))

    assert maria.get(f"{moment}/attachments/1").status_code == 404
    assert maria.get(f"{moment}/attachments/2").status_code == 200


@pytest.mark.breadth
def test_a_voice_that_answers_something_else_takes_no_others_place(maria: Person):
    moment = tells(maria)
    number = int(moment.rpartition("/")[2])
    sends(maria, draft(maria, evidence=number, about="facts"), VOICE)

    for about, instead, length in (("me", "1", 50), ("", "1", 60), ("<b>", "x", 70), ("sentence", "99", 80)):
        sends(maria, draft(maria, evidence=number, about=about, instead=instead), ("voix.webm", webm(length)))

    assert [maria.get(f"{moment}/attachments/{one}").status_code for one in range(1, 6)] == [200] * 5


def test_a_draft_of_the_release_before_tells_no_question_and_its_voice_tells_what_happened(maria: Person):
    sends(maria, draft(maria, situation="work"), VOICE)

    page = maria.page("/evidence/1")

    assert "/evidence/1/answers/facts/voice?over=1" in page
    assert maria.get("/evidence/1/answers/facts/voice").status_code == 200


@pytest.mark.breadth
def test_an_answer_that_was_sent_by_its_page_too_is_kept_once(maria: Person):
    moment, key = (
        tells(maria),
        secrets.token_hex(16),
    )
    maria.post(f"{moment}/answers/facts", data={"text": FACTS, "key": key, "after": "0"})
    maria.post(f"{moment}/answers/facts", data={"text": "Autre chose.", "key": secrets.token_hex(16)})

    sends(maria, draft(maria, evidence=moment.rpartition("/")[2], facts=FACTS) | {"draft": key})

    assert "Autre chose." in maria.reads(moment)
    assert rows(maria)["answers"] == 3


def test_what_was_changed_where_she_signed_in_again_holds_and_what_she_left_there_comes_from_her_phone(maria: Person):
    moment, page, own = tells(maria, facts="Le premier mot."), secrets.token_hex(16), secrets.token_hex(16)
    waits = draft(maria, evidence=moment.rpartition("/")[2], facts=FACTS, after=latest(maria), unless=page) | {
        "draft": own
    }

    sends(maria, waits)
    assert FACTS in maria.reads(moment), "nothing was sent from there"

    maria.post(f"{moment}/answers/facts", data={"text": "Autre chose.", "key": page, "after": str(latest(maria))})
    sends(maria, waits | {"key": secrets.token_hex(16), "facts": "Encore le premier mot."})
    assert "Autre chose." in maria.reads(moment)


def test_what_was_emptied_without_network_is_taken_back(maria: Person):
    moment = tells(maria, facts=FACTS)
    [after] = [latest(maria)]

    sends(maria, draft(maria, evidence=moment.rpartition("/")[2], facts="", after=after))

    assert FACTS not in maria.reads(moment)


def latest(person: Person) -> int:
    with person.services.database.reading() as session:
        return session.scalar(select(func.max(Answer.id))) or 0


@pytest.mark.breadth
def test_an_answer_to_a_moment_that_is_gone_is_a_moment_of_its_own(maria: Person, youssef: Person):
    gone, others = tells(maria, facts="Ancien."), tells(youssef, facts="À Youssef.")
    maria.post(f"{gone}/removal")

    for moment in (gone, others):
        what = draft(maria, evidence=moment.rpartition("/")[2], facts=f"Depuis {moment}.")
        at = sends(maria, what).json()["at"]
        assert at not in {gone, others}
        assert f"Depuis {moment}." in maria.reads(at)
    assert "Depuis" not in youssef.reads(others)


def test_all_that_comes_late_for_a_moment_that_is_gone_is_one_moment(maria: Person):
    gone = tells(maria, facts="Ancien.")
    maria.post(f"{gone}/removal")

    told = [draft(maria, evidence=gone.rpartition("/")[2], **{one: f"Tard : {one}."}) for one in WORDS]
    [at] = {sends(maria, what).json()["at"] for what in told}
    assert all(f"Tard : {one}." in maria.reads(at) for one in WORDS)

    maria.post(f"{at}/removal")
    [other] = {sends(maria, what | {"key": secrets.token_hex(16)}).json()["at"] for what in told}
    assert other not in {gone, at}
    assert rows(maria)["evidence"] == 3


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (TEXT_NAMED_AS_A_VOICE, "Nous ne savons pas lire ce son."),
        (("photo.jpg", PHOTO[1][:200]), "Nous ne savons pas lire cette photo."),
        (("voix.webm", b""), "Ce fichier est vide."),
    ],
)
@pytest.mark.breadth
def test_a_file_that_is_refused_costs_no_word_and_is_told(file: tuple[str, bytes], sentence: str, maria: Person):
    answer = sends(maria, draft(maria, situation="work", facts=FACTS), file, PHOTO).json()

    assert answer == {"at": "/evidence/1?sent=1", "refused": 1, "unsaid": 0}
    page = maria.reads(answer["at"])
    assert sentence in page
    assert file[0] in page
    assert FACTS in page
    assert maria.page("/evidence/1").count('class="attached"') == 1
    assert sentence not in maria.reads("/evidence/1")


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
@pytest.mark.breadth
def test_a_voice_that_was_cut_before_its_first_word_is_neither_kept_nor_a_reproach(head: Any, maria: Person):
    what = draft(maria, situation="work", facts=FACTS)

    told = [sends(maria, what, head).json() for _ in range(2)]

    assert told == [{"at": "/evidence/1", "refused": 0, "unsaid": 1}] * 2
    assert FACTS in maria.reads("/evidence/1")
    assert rows(maria) == {"evidence": 1, "answers": 2, "attachments": 0, "sendings": 1}
    alone = sends(maria, draft(maria), head).json()
    assert alone == {"at": "/evidence", "refused": 0, "unsaid": 1}
    assert rows(maria)["evidence"] == 1


def test_a_draft_of_which_nothing_can_be_kept_begins_nothing_and_says_why(maria: Person):
    answer = sends(maria, draft(maria), TEXT_NAMED_AS_A_VOICE).json()

    assert answer == {"at": "/evidence?sent=1", "refused": 1, "unsaid": 0}
    assert "Nous ne savons pas lire ce son." in maria.reads(answer["at"])
    assert rows(maria) == {"evidence": 0, "answers": 0, "attachments": 0, "sendings": 1}


@pytest.mark.parametrize(("limit", "most"), [("ROOM", 5_000), ("MOST_ATTACHED", 1)])
@pytest.mark.breadth(beside=["ROOM-5000"])
def test_where_one_file_finds_no_room_the_phone_keeps_them_all(
    limit: str, most: int, maria: Person, monkeypatch: pytest.MonkeyPatch
):
    """The phone has the only voice there is: it throws away what was answered by 200, and nothing else."""
    what, files = draft(maria, situation="work", facts=FACTS), (("a.bin", b"x" * 4_000), ("b.bin", b"y" * 4_000))
    with monkeypatch.context() as small:
        small.setattr(editing, limit, most)
        answer = sends(maria, what, *files)

    assert (answer.status_code, answer.json()) == (413, {"problem": "full"})
    assert rows(maria) == {"evidence": 0, "answers": 0, "attachments": 0, "sendings": 0}
    assert sends(maria, what, *files).json()["refused"] == 0
    assert rows(maria) == {"evidence": 1, "answers": 2, "attachments": 2, "sendings": 1}


def test_a_name_with_anything_in_it_is_told_as_it_can_be(maria: Person):
    """A database takes no NUL (PostgreSQL, 8.14): what is refused is told under a name that it takes."""
    fields = (draft(maria, facts=FACTS) | {"files": "none"}).items()
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{name}"' + FILE * (name == "files") + f"\r\n\r\n{text}\r\n"
        for name, text in fields
    ]
    sent = {"Content-Type": "multipart/form-data; boundary=edge"}
    answer = maria.post("/drafts", content="".join([*parts, "--edge--\r\n"]).encode(), headers=sent)

    assert answer.json()["refused"] == 1
    with maria.services.database.reading() as session:
        assert [one.refused for one in session.scalars(select(DraftDelivery))] == [[["ab.jpg", "unreadable-photo"]]]


@pytest.mark.breadth
def test_a_full_wallet_takes_nothing_and_the_phone_keeps_it(maria: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(editing, "ROOM", 10)
    what = draft(maria, situation="work", facts=FACTS)

    answer = sends(maria, what)

    assert (answer.status_code, answer.json()) == (413, {"problem": "full"})
    assert rows(maria) == {"evidence": 0, "answers": 0, "attachments": 0, "sendings": 0}
    monkeypatch.undo()
    assert sends(maria, what).status_code == 200


def test_whoever_is_busy_says_so_and_nothing_is_half_kept(maria: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(attachments, "PATIENCE", 0.01)
    what = draft(maria, situation="work", facts=FACTS)
    for _ in range(4):
        attachments.HANDS.acquire()
    try:
        answer = sends(maria, what, PHOTO)
    finally:
        attachments.HANDS.release(4)

    assert (answer.status_code, answer.json()) == (503, {"problem": "busy"})
    assert rows(maria)["sendings"] == 0
    assert sends(maria, what, PHOTO).json()["refused"] == 0


def test_of_a_draft_that_takes_too_long_nothing_is_kept_and_it_comes_again_whole(
    maria: Person, monkeypatch: pytest.MonkeyPatch
):
    what = draft(maria, situation="work", facts=FACTS)
    with monkeypatch.context() as slow:
        slow.setattr("wallet.routes.offline_drafts.BUDGET", 0)
        answer = sends(maria, what, PHOTO)

    assert (answer.status_code, answer.json()) == (503, {"problem": "busy"})
    assert rows(maria)["sendings"] == 0
    assert sends(maria, what, PHOTO).json()["refused"] == 0


def test_a_badge_that_is_not_hers_is_not_spoken_of(maria: Person, youssef: Person):
    sends(maria, draft(maria, situation="work", facts=FACTS, badge=youssef.has()[0]))

    assert "Aucun pour l’instant." in maria.reads("/evidence/1")


def test_who_is_nobody_keeps_the_draft(visitor: Person, maria: Person):
    answer = sends(visitor, draft(maria, facts=FACTS))

    assert (answer.status_code, answer.json()) == (401, {"problem": "signed-out"})
    assert rows(maria)["sendings"] == 0


def test_a_draft_of_maria_never_goes_to_youssef(maria: Person, youssef: Person):
    answer = sends(youssef, draft(maria, situation="work", facts=FACTS))

    assert (answer.status_code, answer.json()) == (409, {"problem": "other"})
    assert rows(maria)["evidence"] == 0


def test_what_is_no_draft_is_none(maria: Person):
    good = draft(maria, facts=FACTS)
    for other in (
        *({"key": ""}, {"key": "x" * 32}, {"key": "A" * 32}, {"key": "a" * 33}, {"draft": ""}, {"draft": "../1"}),
        *({"facts": ""}, {"facts": "   ", "evidence": "x"}, {"facts": "", "situation": "nowhere"}),
    ):
        assert sends(maria, good | other).status_code == 422, other
    assert rows(maria) == {"evidence": 0, "answers": 0, "attachments": 0, "sendings": 0}


@pytest.mark.breadth
def test_whatever_else_comes_is_no_fault_of_ours(maria: Person):
    odd = {
        "situation": "\u202e", "facts": "é" * (TEXT_LIMIT + 9), "me": "a\r\nb\0", "evidence": "9" * 40, "after": "-1",
        "badge": ["x", "999999", "²"], "sentence": "s" * 999, "unknown": "z",
    }  # fmt: skip

    assert sends(maria, draft(maria, **odd), ("../../" + "n" * 999, b"1")).status_code == 200

    with maria.services.database.reading() as session:
        told = {one.question: one.text for one in session.scalars(select(Answer))}
    assert told == {"facts": "é" * TEXT_LIMIT, "me": "a\nb", "sentence": "s" * LIMITS["sentence"]}
    for body in (b"", b"{", b"[]"):
        headers = {"Content-Type": "application/json"}
        assert maria.post("/drafts", content=body, headers=headers).status_code == 409


def test_the_key_is_the_holders_own_and_always_the_same(maria: Person, youssef: Person, visitor: Person):
    first, other = maria.get("/drafts/key"), youssef.get("/drafts/key").json()

    assert first.headers["cache-control"] == "no-store"
    assert len(b64decode(first.json()["key"])) == 32
    assert {first.json()["key"], first.json()["of"]}.isdisjoint({other["key"], other["of"]})
    maria.post("/leaving")
    assert maria.get("/drafts/key").status_code == 303
    maria.enters()
    assert maria.get("/drafts/key").json() == first.json()
    assert visitor.get("/drafts/key").status_code == 303
    assert first.json()["of"] in maria.page("/badges")
    assert first.json()["key"] not in maria.page("/badges")


def test_a_computer_that_others_use_is_given_no_key_and_keeps_nothing(app: Starlette, maria: Person):
    computer = Person(app)
    computer.key = maria.key
    options = computer.post("/passkeys/challenges", json={"purpose": "authentication"}).json()
    computer.post("/devices", json=computer.key.show(options) | {"shared": True})
    moment = tells(maria, facts=FACTS)

    answer = computer.get("/drafts/key")

    assert (answer.status_code, answer.json()) == (404, {"problem": "shared"})
    for path in ("/badges", "/evidence", "/evidence/new", moment, f"{moment}/answers/facts", "/evidence/draft"):
        page = computer.page(path)
        assert not any(word in page for word in ("<draft-sender", "<unsent-drafts", "<kept-answer")), path


@pytest.mark.breadth
def test_drafts_are_known_again_for_longer_than_a_phone_keeps_them(maria: Person, clock: Clock):
    what = draft(maria, situation="work", facts=FACTS)
    sends(maria, what)

    cleanup.forget_expired(maria.services.database, clock.now + LASTS + timedelta(days=1))
    assert rows(maria)["sendings"] == 1
    cleanup.forget_expired(maria.services.database, clock.now + REMEMBERED + timedelta(minutes=1))
    assert rows(maria) == {"evidence": 1, "answers": 2, "attachments": 0, "sendings": 0}


def test_a_script_is_told_where_an_answer_leads(maria: Person):
    moment = tells(maria)
    data = {"text": FACTS, "key": secrets.token_hex(16)}

    answer = maria.post(f"{moment}/answers/facts", data=data, headers={"Accept": "application/json"})

    assert answer.json() == {"at": f"{moment}/answers/me"}
    assert FACTS in maria.reads(moment)


def test_the_page_to_keep_lets_her_record_and_names_nobody(maria: Person):
    page = maria.get("/evidence/draft")

    assert "microphone=(self)" in page.headers["permissions-policy"]
    assert "C’était où" in page.text
    assert offline_drafts.LASTS < offline_drafts.REMEMBERED
