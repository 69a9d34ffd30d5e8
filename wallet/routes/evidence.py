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

from .. import badges, competencies, endorsements, evidence, shares, storage, web
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

KEY = re.compile(r"[0-9a-f]{32}")
PLACE_AFTER = "place-after"
"""The name of the place that the page knew of: an empty box takes back that one and no other."""
CONFLICT, TOO_MUCH, UNREADABLE, GONE = 409, 413, 422, 404


def index(visit: web.Visit) -> web.Response:
    """All that they tell."""
    told, page, leaves = visit.read(evidence.moments_page, visit.holder_id, visit.query.number("page"))
    removed, word = visit.query.number("removed"), visit.query.number("word")
    may_undo = removed and visit.read(evidence.may_restore_moment, visit.holder_id, removed, visit.now)
    may_undo_word = word and visit.read(endorsements.may_restore_endorsement, visit.holder_id, word, visit.now)
    return visit.page(
        "evidence/index.html",
        tellings=told,
        leaf={"number": page, "leaves": leaves},
        removed=removed if may_undo else 0,
        word=word if may_undo_word else 0,
        done=visit.query.text("done"),
        shown=_shown(visit),
        shown_by_link=visit.read(endorsements.asked_moment_ids, visit.holder_id, visit.now),
        words_of_others=_words_of_others(visit),
        refused=_refused(visit),
    )


def new(visit: web.Visit) -> web.Response:
    """The first question of a new moment: nothing is kept as yet."""
    return _where(visit, None, visit.query.number("badge"))


def create(visit: web.Visit) -> web.Response:
    """Begin, with the answer to the first question."""
    if visit.holder is None:
        return _who(visit, SITUATION)
    visit.limit_rate("change", visit.holder_id)
    said = _said(visit, SITUATION)
    if not said.text:
        return _where(visit, None, visit.form.number("badge"), problem="choose")
    try:
        id = visit.keep(evidence.begin_moment, visit.holder_id, said, visit.form.numbers("badge"), visit.now)
        _keep_place(visit, id)
    except EvidenceFull:
        return visit.page("evidence/no_room.html", TOO_MUCH)
    except storage.Missing:
        there = _there(visit, visit.form.numbers("badge"))
        return _where(visit, None, next(iter(there), 0), problem="badge-gone")
    return visit.go("evidence.answer", id=id, question=WORDS[0])


def show(visit: web.Visit) -> web.Response:
    """Read it over: what was said, what is attached, which badges it speaks of."""
    told = _view(visit)
    there = {
        one.id: one
        for one in web.told_now(visit, visit.read(badges.cards_by_id, visit.holder_id, told.badge_ids).values())
    }
    return visit.page(
        "evidence/show.html",
        200,
        web.LISTENING,
        told=told,
        badges=[there[id] for id in told.badge_ids if id in there],
        is_shown=told.id in _shown(visit),
        words_of_others=_words_of_others(visit, told.id),
        is_of_afest=any(map(endorsements.is_of_afest, there.values())),
        asks_badges=_may_ask_for_badges(visit),
        words=WORDS,
        done=visit.query.text("done"),
        refused=_refused(visit),
        off=visit.query.number("off"),
        key=_key(),
        longest=longest_recording(is_shared=visit.is_shared),
        heaviest=BIGGEST_ATTACHMENT,
    )


def ask(visit: web.Visit) -> web.Response:
    """One question, with the answer that holds; where the moment is gone, what a phone still keeps for it."""
    question = _question(visit)
    try:
        told = _view(visit)
    except storage.Missing:
        return visit.page("evidence/gone.html", GONE, question=question, text="", is_gone=True)
    return _where(visit, told) if question == SITUATION else _ask(visit, told, question)


def answer(visit: web.Visit) -> web.Response:
    """Keep an answer, and go on to the next question, or back to where it was changed from."""
    question = _question(visit)
    if visit.holder is None:
        return _who(visit, question)
    visit.limit_rate("change", visit.holder_id)
    said, id = _said(visit, question), visit.part["id"]
    if "text" not in visit.form:
        visit.read(evidence.get_moment, visit.holder_id, id)
        raise HTTPException(UNREADABLE)
    try:
        if question == SITUATION and not said.text:
            return _where(visit, _view(visit), problem="choose")
        other = visit.keep(evidence.keep_answer, visit.holder_id, id, said, visit.now)
        if question == SITUATION:
            _keep_place(visit, id)
    except storage.Missing:
        is_place = question == SITUATION  # which of its buttons was touched is no text
        typed = visit.form.text(PLACE, LIMITS[PLACE]) if is_place else said.text
        return visit.page("evidence/gone.html", GONE, question=PLACE if is_place else question, text=typed)
    except EvidenceFull:
        if question == SITUATION:
            return _where(visit, _view(visit), problem="full")
        return _ask(visit, _view(visit), question, typed=said.text, problem="full", status=TOO_MUCH)
    if other is not None and question != SITUATION:  # a place is one tap, and the other one is in the earlier answers
        return _lead(visit, "evidence.answer", f"?other={other.id}", id=id, question=question)
    following = "" if "over" in visit.form else _following(_view(visit), question)
    if following:
        return _lead(visit, "evidence.answer", id=id, question=following)
    return _lead(visit, "evidence.one", id=id)


def listen(visit: web.Visit) -> web.Response:
    """Their voice once more, at the question that they answered by it: kept, spoken anew, or written."""
    question, told = _question(visit), _view(visit)
    if question not in WORDS or not (voices := told.voices(question)):
        return visit.go("evidence.answer", id=told.id, question=question)
    badge = _badge(visit, told.badge_ids)
    is_over, replaced = "over" in visit.query, visit.query.number("instead")
    following = "" if is_over else _following(told, question)
    return visit.page(
        "evidence/voice.html",
        200,
        web.LISTENING,
        told=told,
        badge=badge.card if badge else None,
        question=question,
        number=STEPS.index(question) + 1,
        left=len(STEPS) - STEPS.index(question) - 1,
        voice=voices[-1],
        following=following,
        ending="" if told.text(SENTENCE) else SENTENCE,
        is_over=is_over,
        is_shown=told.id in _shown(visit) | visit.read(endorsements.asked_moment_ids, visit.holder_id, visit.now),
        replaced=replaced if replaced not in {one.id for one in voices} else 0,
        longest=longest_recording(is_shared=visit.is_shared),
    )


save = web.keeps(evidence.save_moment, "evidence.one", "?done=saved", "id")
"""They read it over: it is no draft any more."""


def earlier(visit: web.Visit) -> web.Response:
    """Every text that they ever gave."""
    told = _view(visit)
    given = visit.read(evidence.list_earlier_answers, visit.holder_id, told.id)
    past = [one for one in given if one.text and one.id != _latest(told, one.question)]
    return visit.page("evidence/earlier_texts.html", told=told, past=past, key=_key())


@web.rate_limited("change")
def restore(visit: web.Visit) -> web.Response:
    """Let an earlier text hold again."""
    id, chosen = visit.part["id"], visit.form.number("answer")
    try:
        visit.keep(evidence.restore_answer, visit.holder_id, id, chosen, _sent_key(visit), visit.now)
    except EvidenceFull:
        return visit.page("evidence/no_room.html", TOO_MUCH)
    return visit.go("evidence.one", "?done=restored", id=id)


def choose(visit: web.Visit) -> web.Response:
    """Which badges it speaks of; a browser without scripts asks for all or `none`, or looks for some, and what was ticked stays."""
    told = _view(visit)
    ticked = set(visit.query.numbers("badge") if visit.query.text("seek") else told.badge_ids)
    if visit.query.number("all") or visit.query.number("none"):
        kept = visit.read(badges.list_badges, visit.holder_id) if visit.query.number("all") else []
        ticked = {one.id for one in kept}
    return _choose_badges(visit, told, ticked)


def redraw_badges(visit: web.Visit) -> web.Response:
    """With what is ticked, and what was looked for."""
    return _choose_badges(visit, _view(visit), set(visit.form.numbers("badge")))


def speak_of(visit: web.Visit) -> web.Response:
    """It speaks of these badges from now on; of one that another tab removed meanwhile that is told, and the others stay ticked."""
    ticked = visit.form.numbers("badge")
    try:
        visit.keep(evidence.set_badges, visit.holder_id, visit.part["id"], ticked)
    except storage.Missing:
        return _choose_badges(visit, _view(visit), set(_there(visit, ticked)), is_gone=True)
    return visit.go("evidence.one", id=visit.part["id"])


def _choose_badges(visit: web.Visit, told: EvidenceView, ticked: set[int], *, is_gone: bool = False) -> web.Response:
    cards = web.told_now(visit, (kept.card for kept in visit.read(badges.list_badges, visit.holder_id)))
    sought = visit.form if visit.request.method == "POST" else visit.query
    return visit.page(
        "evidence/choose_badges.html",
        UNREADABLE if is_gone else 200,
        told=told,
        ticked=ticked,
        chooser=shares.chooser_of(cards, ticked, sought.text("q", limit=100), sought.text("seek")),
        problem="badge-gone" if is_gone else "",
    )


def _there(visit: web.Visit, badge_ids: Sequence[int]) -> list[int]:
    """Which of these badges are the holder's, and were not removed: to be called where one of them was Missing.

    What never was theirs is the same as what is gone for good. Raises Missing where all are there, and something else was not.
    """
    kept = {one.id for one in visit.read(badges.list_badges, visit.holder_id)}
    there = [id for id in badge_ids if id in kept]
    if len(there) == len(badge_ids):
        raise storage.Missing
    return there


remove = web.keeps(evidence.remove_moment, "evidence", "?removed={id}")
"""Take it away."""
put_back = web.keeps(evidence.restore_moment, "evidence", "?done=returned")
"""Undo a removal."""


def _lead(visit: web.Visit, name: str, query: str = "", **parts: Any) -> web.Response:
    """On to that page; a script that keeps what cannot be sent (evidence-form.js) is told where it is."""
    leads = visit.go(name, query, **parts)
    if visit.request.headers.get("accept") == "application/json":
        return web.send_json({"at": leads.headers["location"]})
    return leads


def _view(visit: web.Visit) -> EvidenceView:
    """The moment of the address."""
    return visit.read(evidence.view_moment, visit.holder_id, visit.part["id"])


def _following(told: EvidenceView, question: str) -> str:
    """What is asked after *question*, "" for nothing: a voice that says it all is given its sentence at the very end."""
    if question in STEPS[:-1]:
        return STEPS[STEPS.index(question) + 1]
    return SENTENCE if question == STEPS[-1] and told.is_spoken and not told.text(SENTENCE) else ""


def _latest(told: EvidenceView, question: str) -> int:
    """The answer that holds, 0 for none."""
    return told.answers[question].id if question in told.answers else 0


def _question(visit: web.Visit) -> str:
    question = str(visit.part["question"])
    if question not in LIMITS or question == PLACE:
        raise storage.Missing
    return question


def _said(visit: web.Visit, question: str) -> SentAnswer:
    """What was sent."""
    return SentAnswer(question, _text(visit, question), _sent_key(visit), visit.form.number("after"))


def _text(visit: web.Visit, question: str) -> str:
    """What was typed, or chosen."""
    return evidence.clean_answer(question, visit.form.text("text", 2 * LIMITS[question]))


def _keep_place(visit: web.Visit, id: int) -> None:
    """The name of the place is asked on the page of the situation."""
    if PLACE in visit.form:
        visit.keep(
            evidence.keep_answer,
            visit.holder_id,
            id,
            SentAnswer(PLACE, visit.form.text(PLACE, LIMITS[PLACE]), _sent_key(visit), visit.form.number(PLACE_AFTER)),
            visit.now,
        )


def _sent_key(visit: web.Visit) -> str:
    """The key of the page that was sent; what no page of ours has is as none, and a new one."""
    sent = visit.form.text("key")
    return sent if KEY.fullmatch(sent) else _key()


def _key() -> str:
    return secrets.token_hex(16)


def _where(visit: web.Visit, told: EvidenceView | None, badge_id: int = 0, problem: str = "") -> web.Response:
    badge = _badge(visit, [badge_id] if told is None else told.badge_ids)
    return visit.page(
        "evidence/place.html",
        {"": 200, "full": TOO_MUCH}.get(problem, UNREADABLE),
        told=told,
        badge=badge.card if badge else None,
        situations=SITUATIONS,
        key=_key(),
        problem=problem,
        limit=LIMITS[PLACE],
        place=visit.form.text(PLACE, LIMITS[PLACE]) if PLACE in visit.form else told.text(PLACE) if told else "",
        place_after=visit.form.number(PLACE_AFTER) if PLACE in visit.form else _latest(told, PLACE) if told else 0,
    )


def _ask(
    visit: web.Visit, told: EvidenceView, question: str, typed: str | None = None, problem: str = "", status: int = 200
) -> web.Response:
    other = None
    if number := visit.query.number("other"):
        other = visit.read(evidence.get_answer, visit.holder_id, told.id, number)
        other = other if other.question == question else None
    badge = _badge(visit, told.badge_ids)
    prompts = _prompts(visit, badge)
    return visit.page(
        "evidence/sentence.html" if question == SENTENCE else "evidence/question.html",
        CONFLICT if other else status,
        web.LISTENING,
        told=told,
        badge=badge.card if badge else None,
        question=question,
        number=STEPS.index(question) + 1 if question in STEPS else 0,
        steps=STEPS,
        ideas=[one.ask for one in prompts],
        sentences=[one.sentence for one in prompts],
        text=told.text(question) if typed is None else typed,
        after=_latest(told, question),
        other=other,
        voice=next(reversed(told.voices(question)), None),
        problem=problem,
        limit=LIMITS[question],
        is_over="over" in visit.query,
        key=_key(),
        longest=longest_recording(is_shared=visit.is_shared),
        heaviest=BIGGEST_ATTACHMENT,
    )


def _refused(visit: web.Visit) -> list[list[str]]:
    """What was not kept of a draft that came in, for whoever is led here to read it."""
    sent = visit.read(evidence.get_delivery, visit.holder_id, visit.query.number("sent"))
    return sent.refused if sent else []


def _shown(visit: web.Visit) -> set[int]:
    """The moments that others can see now."""
    return visit.read(shares.shown_moment_ids, visit.holder_id, visit.now)


def _may_ask_for_badges(visit: web.Visit) -> bool:
    """Whether somebody may be asked for a badge, by whoever has a key."""
    is_kept = visit.holder is not None and visit.holder.is_kept
    frameworks = visit.services.frameworks if is_kept else ()
    return any(one.whom_to_ask(web.current_registers(visit), visit.now) for one in frameworks)


def _words_of_others(visit: web.Visit, id: int | None = None) -> endorsements.OwnedWords | None:
    """What there is of words; None for whoever has no key yet, and may not ask for any."""
    if not (visit.holder and visit.holder.is_kept):
        return None
    return visit.read(endorsements.view_words, visit.holder_id, visit.now, id)


def _badge(visit: web.Visit, ids: Sequence[int]) -> badges.KeptBadge | None:
    """The first badge that it speaks of."""
    with suppress(storage.Missing):
        return visit.read(badges.get_badge, visit.holder_id, ids[0]) if ids else None
    return None


def _prompts(visit: web.Visit, badge: badges.KeptBadge | None) -> list[competencies.Prompt]:
    """What helps to tell: of the competency that *badge* speaks of, else one thing of each."""
    spoken_of = competencies.recognise_loosely(visit.services.frameworks, badge.read) if badge else None
    if spoken_of and spoken_of.competency:
        found = competencies.prompts_for(spoken_of.competency, spoken_of.level or "", visit.language)
        if found:
            return found
    return competencies.prompts_of_each(visit.services.frameworks, visit.language)


def _who(visit: web.Visit, question: str) -> web.Response:
    """Nobody is signed in any more: what they wrote stands on the page, to be sent again."""
    others = [(name, value) for name, value in web.typed_in(visit.form.values) if name != "text"]
    page, sent_to = "evidence/sign_in_again.html", visit.request.url.path
    return web.closed_meanwhile(visit, page, others, sent_to, question=question, text=_text(visit, question))
