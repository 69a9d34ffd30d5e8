"""What a holder tells: begun, answered question by question, read over, saved, changed, taken away.

Each step is kept as it is left. Whoever is not known any more when they send one reads what they wrote on the page that
comes, and sends it again once they have entered.
"""

import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from .. import badges, evidence, shares
from ..badges import Card, KeptBadge
from ..competencies import Prompt, prompts_for, recognise_loosely
from ..evidence import (
    BIGGEST_ATTACHMENT,
    LIMITS,
    PLACE,
    SENTENCE,
    SITUATION,
    SITUATIONS,
    STEPS,
    WORDS,
    EvidenceFull,
    EvidenceView,
    SentAnswer,
    longest_recording,
)
from ..storage import Missing
from ..web import LISTENING, Visit

KEY = re.compile(r"[0-9a-f]{32}")
CONFLICT, TOO_MUCH, UNREADABLE, WHO, GONE = 409, 413, 422, 401, 404


def index(visit: Visit) -> Response:
    """All that they tell."""
    number = visit.number("removed")
    told, page, leaves = visit.read(evidence.moments_page, visit.holder_id, visit.number("page"))
    leaf = {"number": page, "leaves": leaves}
    return visit.page(
        "evidence/index.html",
        tellings=told,
        leaf=leaf,
        removed=number,
        done=_done(visit),
        shown=_shown(visit),
        refused=_refused(visit),
    )


def new(visit: Visit) -> Response:
    """The first question of a new moment: nothing is kept as yet."""
    return _where(visit, None, visit.number("badge"))


def create(visit: Visit) -> Response:
    """Begin, with the answer to the first question."""
    if visit.holder is None:
        return _who(visit, SITUATION)
    visit.pace("change", visit.holder_id)
    said = _said(visit, SITUATION)
    if not said.text:
        return _where(visit, None, next(iter(visit.numbers("badge")), 0), problem="choose")
    try:
        id = visit.keep(evidence.begin_moment, visit.holder_id, said, visit.numbers("badge"), visit.now)
        _keep_place(visit, id)
    except EvidenceFull:
        return _full(visit)
    return visit.go("evidence.answer", id=id, question=WORDS[0])


def show(visit: Visit) -> Response:
    """Read it over: what was said, what is attached, which badges it speaks of."""
    told = visit.read(evidence.view_moment, visit.holder_id, visit.part["id"])
    return _show(visit, told)


def ask(visit: Visit) -> Response:
    """One question, with the answer that holds."""
    question = _question(visit)
    told = visit.read(evidence.view_moment, visit.holder_id, visit.part["id"])
    if question == SITUATION:
        return _where(visit, told)
    return _ask(visit, told, question)


def answer(visit: Visit) -> Response:
    """Keep an answer, and go on to the next question, or back to where it was changed from."""
    question = _question(visit)
    if visit.holder is None:
        return _who(visit, question)
    visit.pace("change", visit.holder_id)
    said, id = _said(visit, question), visit.part["id"]
    if "text" not in visit.form:
        visit.read(evidence.get_moment, visit.holder_id, id)
        raise HTTPException(UNREADABLE)
    if question == SITUATION and not said.text:
        return _where(visit, visit.read(evidence.view_moment, visit.holder_id, id), problem="choose")
    try:
        other = visit.keep(evidence.keep_answer, visit.holder_id, id, said, visit.now)
        if question == SITUATION:
            _keep_place(visit, id)
    except Missing:
        return visit.page("evidence/gone.html", GONE, question=question, text=said.text)
    except EvidenceFull:
        told = visit.read(evidence.view_moment, visit.holder_id, id)
        if question == SITUATION:
            return _where(visit, told, problem="full")
        return _ask(visit, told, question, typed=said.text, problem="full", status=TOO_MUCH)
    if other is not None and question != SITUATION:  # a place is one tap, and the other one is in the earlier answers
        return _lead(visit, "evidence.answer", f"?other={other.id}", id=id, question=question)
    following = STEPS[STEPS.index(question) + 1 :] if question in STEPS and "over" not in visit.form else ()
    if following:
        return _lead(visit, "evidence.answer", id=id, question=following[0])
    return _lead(visit, "evidence.one", id=id)


def save(visit: Visit) -> Response:
    """They read it over: it is no draft any more."""
    visit.keep(evidence.save_moment, visit.holder_id, visit.part["id"], visit.now)
    return visit.go("evidence.one", "?done=saved", id=visit.part["id"])


def earlier(visit: Visit) -> Response:
    """Every text that they ever gave."""
    told = visit.read(evidence.view_moment, visit.holder_id, visit.part["id"])
    given = visit.read(evidence.list_earlier_answers, visit.holder_id, told.id)
    past = [one for one in given if one.text and one.id != _latest(told, one.question)]
    return visit.page("evidence/earlier_texts.html", told=told, past=past, key=_key())


def restore(visit: Visit) -> Response:
    """Let an earlier text hold again."""
    visit.pace("change", visit.holder_id)
    id = visit.part["id"]
    chosen = next(iter(visit.numbers("answer")), 0)
    try:
        visit.keep(evidence.restore_answer, visit.holder_id, id, chosen, _sent_key(visit), visit.now)
    except EvidenceFull:
        return _full(visit)
    return visit.go("evidence.one", "?done=restored", id=id)


def choose(visit: Visit) -> Response:
    """Which badges it speaks of."""
    told = visit.read(evidence.view_moment, visit.holder_id, visit.part["id"])
    cards = [one.card for one in visit.read(badges.list_badges, visit.holder_id)]
    return visit.page("evidence/choose_badges.html", told=told, badges=cards)


def speak_of(visit: Visit) -> Response:
    """It speaks of these badges from now on."""
    visit.keep(evidence.set_badges, visit.holder_id, visit.part["id"], visit.numbers("badge"))
    return visit.go("evidence.one", id=visit.part["id"])


def remove(visit: Visit) -> Response:
    """Take it away."""
    visit.keep(evidence.remove_moment, visit.holder_id, visit.part["id"], visit.now)
    return visit.go("evidence", f"?removed={visit.part['id']}")


def put_back(visit: Visit) -> Response:
    """Undo a removal."""
    visit.keep(evidence.restore_moment, visit.holder_id, visit.part["id"], visit.now)
    return visit.go("evidence", "?done=returned")


def _lead(visit: Visit, name: str, query: str = "", **parts: Any) -> Response:
    """On to that page; a script that keeps what cannot be sent (evidence-form.js) is told where it is."""
    leads = visit.go(name, query, **parts)
    if visit.request.headers.get("accept") == "application/json":
        return JSONResponse({"at": leads.headers["location"]}, headers={"Cache-Control": "no-store"})
    return leads


def _latest(told: EvidenceView, question: str) -> int:
    """The answer that holds, 0 for none."""
    return told.answers[question].id if question in told.answers else 0


def _question(visit: Visit) -> str:
    question = str(visit.part["question"])
    if question not in LIMITS or question == PLACE:
        raise Missing
    return question


def _said(visit: Visit, question: str) -> SentAnswer:
    """What was sent."""
    return SentAnswer(question, _text(visit, question), _sent_key(visit), next(iter(visit.numbers("after")), 0))


def _text(visit: Visit, question: str) -> str:
    """What was typed, or chosen."""
    return evidence.clean_answer(question, visit.text("text", 2 * LIMITS[question]))


def _keep_place(visit: Visit, id: int) -> None:
    """The name of the place is asked on the page of the situation."""
    if PLACE in visit.form:
        said = SentAnswer(PLACE, visit.text(PLACE, LIMITS[PLACE]), _sent_key(visit))
        visit.keep(evidence.keep_answer, visit.holder_id, id, said, visit.now)


def _sent_key(visit: Visit) -> str:
    """The key of the page that was sent; what no page of ours has is as none, and a new one."""
    sent = visit.text("key")
    return sent if KEY.fullmatch(sent) else _key()


def _key() -> str:
    return secrets.token_hex(16)


def _done(visit: Visit) -> str:
    return visit.request.query_params.get("done", "")


def _where(visit: Visit, told: EvidenceView | None, badge_id: int = 0, problem: str = "") -> Response:
    badge = _badge(visit, [badge_id] if told is None else told.badge_ids)
    what = {"told": told, "badge": badge, "situations": SITUATIONS, "key": _key(), "problem": problem}
    status = {"": 200, "full": TOO_MUCH}.get(problem, UNREADABLE)
    return visit.page("evidence/place.html", status, **what, limit=LIMITS[PLACE])


def _ask(
    visit: Visit, told: EvidenceView, question: str, typed: str | None = None, problem: str = "", status: int = 200
) -> Response:
    other = None
    if number := visit.number("other"):
        other = visit.read(evidence.get_answer, visit.holder_id, told.id, number)
        other = other if other.question == question else None
    prompts = _prompts(visit, told)
    response = visit.page(
        "evidence/sentence.html" if question == SENTENCE else "evidence/question.html",
        CONFLICT if other else status,
        told=told,
        badge=_badge(visit, told.badge_ids),
        question=question,
        number=STEPS.index(question) + 1 if question in STEPS else 0,
        steps=STEPS,
        ideas=[one.ask for one in prompts],
        sentences=[one.sentence for one in prompts],
        text=told.text(question) if typed is None else typed,
        after=_latest(told, question),
        other=other,
        problem=problem,
        limit=LIMITS[question],
        is_over="over" in visit.request.query_params,
        key=_key(),
        longest=longest_recording(is_shared=visit.is_shared),
        heaviest=BIGGEST_ATTACHMENT,
    )
    return _heard(response)


def _show(visit: Visit, told: EvidenceView) -> Response:
    there = visit.read(badges.cards_by_id, visit.holder_id, told.badge_ids)
    spoken_of = [there[id] for id in told.badge_ids if id in there]
    return _heard(
        visit.page(
            "evidence/show.html",
            told=told,
            badges=spoken_of,
            is_shown=told.id in _shown(visit),
            words=WORDS,
            done=_done(visit),
            refused=_refused(visit),
            off=visit.number("off"),
            key=_key(),
            longest=longest_recording(is_shared=visit.is_shared),
            heaviest=BIGGEST_ATTACHMENT,
        )
    )


def _refused(visit: Visit) -> list[list[str]]:
    """What was not kept of a draft that came in, for whoever is led here to read it."""
    sent = visit.read(evidence.get_delivery, visit.holder_id, visit.number("sent"))
    return sent.refused if sent else []


def _shown(visit: Visit) -> set[int]:
    """The moments that others can see now."""
    return visit.read(shares.shown_moment_ids, visit.holder_id, visit.now)


def _heard(response: Response) -> Response:
    """*response*, on whose page somebody may record their voice."""
    response.headers.update(LISTENING)
    return response


def _badge(visit: Visit, ids: Sequence[int]) -> Card | None:
    """The first badge that it speaks of."""
    kept = _kept(visit, ids)
    return kept.card if kept else None


def _kept(visit: Visit, ids: Sequence[int]) -> KeptBadge | None:
    with suppress(Missing):
        return visit.read(badges.get_badge, visit.holder_id, ids[0]) if ids else None
    return None


def _prompts(visit: Visit, told: EvidenceView) -> list[Prompt]:
    """What helps to tell: of the competency that its badge speaks of, else one thing of each."""
    kept = _kept(visit, told.badge_ids)
    spoken_of = recognise_loosely(visit.services.frameworks, kept.read) if kept else None
    if spoken_of and spoken_of.competency:
        return prompts_for(spoken_of.competency, spoken_of.level or "", visit.language)
    competencies = visit.services.frameworks[0].competencies
    return [prompts_for(one, "", visit.language)[0] for one in competencies if one.prompts]


def _who(visit: Visit, question: str) -> Response:
    """Nobody is signed in any more: what they wrote stands on the page, to be sent again."""
    what = {
        "question": question,
        "text": _text(visit, question),
        "place": visit.text(PLACE, LIMITS[PLACE]),
    }
    return visit.page("evidence/sign_in_again.html", WHO, **what, fields=_fields(visit))


def _fields(visit: Visit) -> list[tuple[str, str]]:
    """What else the form held."""
    kept = [(name, visit.text(name, 64)) for name in ("key", "after", "over") if name in visit.form]
    return kept + [("badge", str(number)) for number in visit.numbers("badge")]


def _full(visit: Visit) -> Response:
    return visit.page("evidence/no_room.html", TOO_MUCH)
