"""What scripts make of a text, without a browser: node runs each alone. What a page does with it, the stories see."""

import json
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.recordings import fragments, mp4, ogg, webm
from tests.openbadges.support.others import NODE

STATIC = Path(__file__).parents[2] / "wallet/static"
ALONE = """
globalThis.HTMLElement = class {}
globalThis.document = new EventTarget()
const elements = (globalThis.elements = {})
globalThis.customElements = { define: (name, kind) => (elements[name] = kind) }
globalThis.location = new URL("https://badges.example/badges/scan")
%s
const script = await import(process.argv[1])
const ask = %s
const answers = []
for (const one of JSON.parse(process.argv[2])) answers.push((await ask(one)) ?? null)
process.stdout.write(JSON.stringify(answers), () => process.exit()) // it waits for no clock of theirs
"""
"""As much of a page as these scripts want before anybody touches one."""
Ask = Callable[..., list[Any]]

pytestmark = pytest.mark.skipif(not NODE, reason="node is not here: make install-for-tests")


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """What a *script* answers to each of *questions*, put to it by a function of JavaScript; one process for them all. What
    else it wants to be there is its *world*."""
    shutil.copytree(STATIC / "js", tmp_path / "js")
    (tmp_path / "package.json").write_text('{"type": "module"}')

    def asked(script: str, how: str, questions: list[Any], world: str = "") -> list[Any]:
        words = (
            NODE,
            "--input-type=module",
            "-e",
            ALONE % (world, how),
            str(tmp_path / "js" / script),
            json.dumps(questions),
        )
        answer = subprocess.run(words, capture_output=True, check=False, text=True)
        assert answer.returncode == 0, answer.stderr
        return list(json.loads(answer.stdout))

    return asked


CORRECTED: Mapping[str, str] = {
    # « t » before a pronoun is no « te »: of « a t il » the phone knows nothing
    "Que fait il, a t il fini ? Va t elle y aller ? Y a t on pensé ?": "",
    "Il t aime, il veut t illustrer, t étais là.": "Il t’aime, il veut t’illustrer, t’étais là.",
    # « c » before two verbs alone: else it is the third of a list
    "c est fini, c était bien, c etait tout.": "C’est fini, c’était bien, c’était tout.",
    "Le groupe C a gagné, plan c au cas où.": "",
    # what is measured is no article
    "Une planche de 3 m en bois, 20 l au total, à 20m avant la porte.": "",
    # the letters of a word stay as large as they were
    "Le FRANCAIS, le Francais, le francais.": "Le FRANÇAIS, le Français, le français.",
    "APRES MEME DEJA": "APRÈS MÊME DÉJÀ",
    "Aujourd hui, lorsqu il, puisqu elle, quelqu un, qu on, jusqu ici": "Aujourd’hui, lorsqu’il, puisqu’elle, quelqu’un, qu’on, jusqu’ici",
    "Je suis allé jusqu a la fin, et jusqu alors.": "Je suis allé jusqu’à la fin, et jusqu’alors.",
    # addresses are what they are
    "Voir www.metier.fr ou http://ecole.example et ecole@metiers.fr": "",
    "www.metier.fr est là.": "",
    "metier.com est là.": "",
    # words that are words without their accents are left
    "La ville, la cote, il marche, je travaille, du pate, ou bien la.": "",
    # a lost apostrophe within a word is none: what stands before it is a letter, a number or another sign
    "Il a lu le journal à midi, sel et poivre, l’un et l’autre.": "",
    # nothing to say
    "": "",
    "Tout est bien écrit.": "",
    "3 fois l école": "3 fois l’école",
    "été comme hiver": "Été comme hiver",
}
"""Texts, and how they would be written; "" where nothing is to be changed."""


def test_a_phone_corrects_what_is_surely_wrong_and_leaves_the_rest(ask: Ask) -> None:
    found = ask("correct-words.js", "(text) => script.corrected(text)", list(CORRECTED))

    for (text, wanted), told in zip(CORRECTED.items(), found, strict=True):
        assert told["text"] == (wanted or text)
        assert bool(told["pairs"]) == bool(wanted), (text, told["pairs"])


CORRECTS = """async (answers) => {
  const told = [], words = { content: { cloneNode: () => "" } }, changed = [["facts", 12], ["me", 0]]
  const here = { assign: (to) => told.push(to), reload: () => told.push("the page again") }
  globalThis.location = Object.assign(new URL("https://badges.example/evidence/7"), here)
  globalThis.fetch = async (to, { body }) => {
    const [status, said, redirected = false] = answers.shift() ?? [200, {}]
    told.push([to, body.get("text"), body.get("after"), body.get("key"), body.get("over")].join())
    return status ? { status, redirected, ok: status < 300, json: async () => said ?? Promise.reject() } : Promise.reject()
  }
  const querySelector = (what) => (what.includes("message") ? (told.push(/"(.*)"/.exec(what)[1]), words) : { replaceChildren() {} })
  const one = Object.assign(new elements["word-corrections"](), { querySelector, dataset: { key: "k" } })
  one.changed = changed.map(([to, after]) => ({ to, after, text: `${to} !` }))
  await one.correct()
  return told
}"""
"""What is sent where somebody lets two answers be corrected, what they are told, and where they are led."""


def test_whoever_lets_words_be_corrected_is_told_what_came_of_each_answer(ask: Ask) -> None:
    facts, me = "facts,facts !,12,k,1", "me,me !,0,k,1"
    here, changed = "/evidence/7", "/evidence/7?changed=facts"
    taken: list[Any] = [200, {"at": here}]
    told: list[tuple[list[Any], list[str]]] = [
        ([taken, taken], [facts, me, here]),
        ([[200, {"at": changed}], taken], [facts, me, changed]),  # another window wrote meanwhile
        ([[200, {"at": "/conditions"}, True]], [facts, "failed"]),  # a network's own page
        ([[503, {}]], [facts, "failed"]),
        ([taken, [0]], [facts, me, "offline"]),
        ([[200, None]], [facts, "offline"]),
        ([[401, {}]], [facts, "the page again"]),
        ([[404, {}]], [facts, "the page again"]),
    ]

    assert ask("correct-words.js", CORRECTS, [answers for answers, _ in told]) == [words for _, words in told]


SCANS = """(text) => {
  const scanner = new elements["badge-scanner"](), link = {}
  let sent
  const form = { elements: { link }, submit: () => (sent = link.value) }
  Object.assign(scanner, { dataset: { paper: "/entry/paper" }, at: () => ({ form }), stop() {} })
  return scanner.take(text) || sent
}"""
"""What the camera makes of a code: `paper`, `other`, or what it sends to where a pasted link goes."""
HERE = "https://badges.example"
LONGEST = 4296
"""Letters of the largest QR code."""


def test_the_camera_sends_what_a_photo_of_the_code_would_lead_to_and_nothing_else(ask: Ask) -> None:
    members = ("@context", "badge", "vc", "credential", "credentials", "credentialSubject", "verifiableCredential")
    sent = [
        "HTTPS://GUILD.EXAMPLE/BADGES/1",
        "openid-credential-offer://?credential_offer_uri=x",
        "guild-offer:?credential_offer_uri=x",
        "web+interaction:abc",
        "musée.example/b",
        f"{HERE}/help#K7Q2MK7Q2MK7Q2M",
        "https://guild.example/".ljust(LONGEST, "x"),
        "eyJhbGciOiJFZERTQSJ9.e30.c2ln",
        "ewogImFsZyI6ICJub25lIn0.e30.c2ln",
        "e30.e30.",
        "eyJhbGciOiJFZERTQSJ9.e30.c2ln~WyJhIl0~",
        *(json.dumps({member: {}}) for member in members),
        *(json.dumps(["eyJ.e30.", {member: {}}]) for member in members),
    ]
    others = [
        "https://guild.example/".ljust(LONGEST + 1, "x"),
        "https://guild.example/ 1",
        "tel:+33612345678",
        "mailto:sonia@guild.example",
        "guild.example",
        "a.b.c",
        "Bonjour",
        '{"name": "Sonia"}',
        '{"badge": ',
        '["badge", null, 7]',
        "7",
    ]
    papers = [f"{HERE}/entry/paper#K7Q2MK7Q2MK7Q2M"]

    found = ask("code-scanner.js", SCANS, [*sent, *others, *papers])

    assert found == [*sent, *["other"] * len(others), "paper"]


OPENS = """async ([name, isGiven]) => {
  const scanner = new elements["badge-scanner"](), fails = () => Promise.reject(Object.assign(new Error(), { name }))
  const mediaDevices = { getUserMedia: () => (isGiven ? {} : fails()) }
  Object.defineProperty(globalThis, "navigator", { value: { mediaDevices }, configurable: true })
  const told = []
  const open = (stream) => (scanner.stream = stream), stop = (why) => told.push(why) && (scanner.turn = null)
  Object.assign(scanner, { show() {}, say() {}, open, stop, video: { play: fails } })
  await scanner.start()
  return told.join()
}"""
"""What is said where a browser gives no camera, or none that plays, and calls it so."""


def test_why_a_camera_does_not_open_is_told_in_whatever_way_a_browser_has_of_saying_it(ask: Ask) -> None:
    told = {
        "NotAllowedError": "refused",
        "SecurityError": "refused",
        "NotFoundError": "none",
        "OverconstrainedError": "none",
        "TypeError": "none",
        "NotReadableError": "taken",
        "AbortError": "taken",
        "UnknownError": "failed",
    }

    found = ask("code-scanner.js", OPENS, [*([name, False] for name in told), ["NotAllowedError", True]])

    assert found == [*told.values(), "failed"]


PASTES = """async (copied) => {
  const paste = new elements["paste-link"](), field = { focus() {} }, clipboard = { readText: async () => copied }
  let sent = null
  field.form = { submit: () => (sent = field.value) }
  globalThis.document = { getElementById: () => field }
  Object.defineProperty(globalThis, "navigator", { value: { clipboard }, configurable: true })
  paste.say = (name) => (paste.said = name)
  await paste.paste()
  return [paste.said, sent]
}"""
"""What is said of what was copied, and which part of it leaves the phone."""
LINK = "https://guild.example/badges/1"


def test_of_what_was_copied_the_link_alone_is_sent(ask: Ask) -> None:
    linked = {
        f"Voici votre badge : {LINK} À bientôt": LINK,
        f"<a href='{LINK}'>mon badge</a>": LINK,
        f'"{LINK}", dit-elle': LINK,
        f"<{LINK}>": LINK,
        f"www.cafoc.example vous offre {LINK}": LINK,
        "Sur www.cafoc.example/b et ailleurs": "www.cafoc.example/b",
        "<b>www.cafoc.example/b</b>": "www.cafoc.example/b",
    }
    others = ['{"id": "https://guild.example/badges/1"}', '{"id": "www.cafoc.example/b"}', "mon mot de passe", ""]

    found = ask("paste-link.js", PASTES, [*linked, *others])

    assert found == [*(["reading", link] for link in linked.values()), *[["other", None]] * len(others)]


GOES = """(type) => {
  const status = {}, sentence = { content: { textContent: "Nous regardons…" } }, told = []
  const link = Object.assign(new elements["link-goes"](), {
    closest: () => ({ submit: () => told.push("sent") }),
    querySelector: (what) => (what === "template" ? sentence : status),
  })
  globalThis.performance = { getEntriesByType: () => [{ type }] }
  globalThis.addEventListener = (_, act) => told.push(status.textContent) && act({ persisted: true })
  link.connectedCallback()
  return [...told, status.textContent ?? null]
}"""
"""What happens where the link of a letter is opened, and what is said of it to whoever comes back."""


def test_the_link_of_a_letter_goes_once_says_so_and_no_more_to_whoever_comes_back(ask: Ask) -> None:
    first, *others = ask("paste-link.js", GOES, ["navigate", "reload", "back_forward"])

    assert first == ["Nous regardons…", "sent", ""]
    assert others == [[None]] * 2


HEARS = """async ([kind, is, sound]) => {
  const recorder = Object.assign(new elements["voice-recorder"](), { kind })
  return recorder.isHeard(new Blob([Uint8Array.from(atob(sound), (letter) => letter.charCodeAt(0))]), is)
}"""
"""Whether something is said in a recording of that kind, as it is made or whole."""


def test_a_head_alone_is_no_voice_whatever_a_phone_records(ask: Ask) -> None:
    """Some browsers give it before anybody has spoken: kept or sent, it would be a reproach."""
    parts, whole, matroska, pages = fragments(from_the_file=False, tells="each run"), mp4(), webm(), ogg()
    third = pages[-len(pages.split(b"OggS", 3)[3]) - 4 :]
    recordings = [
        ("audio/mp4", "begun", parts, parts.index(b"moof")),
        ("audio/mp4", "whole", whole, whole.index(b"mdat")),
        ("audio/webm;codecs=opus", "begun", matroska, matroska.index(b"\x1f\x43\xb6\x75")),
        ("audio/webm;codecs=opus", "whole", matroska, matroska.index(b"\x1f\x43\xb6\x75")),
        *(("audio/ogg;codecs=opus", asked, pages, pages.index(third)) for asked in ("begun", "whole")),
    ]

    found = ask(
        "voice-recorder.js",
        HEARS,
        [
            [kind, asked, b64encode(sound).decode()]
            for kind, asked, made, begins in recordings
            for sound in (made, made[:begins])
        ],
    )

    assert found == [True, False] * len(recordings)


TELLS = """async ([what, why]) => {
  const recorder = new elements["voice-recorder"](), told = []
  const tells = (word) => told.push(word)
  Object.assign(recorder, { say: tells, show: tells, give: tells, closest: () => null })
  const getUserMedia = () => Promise.reject(Object.assign(new Error(), { name: why }))
  Object.defineProperty(globalThis, "navigator", { value: { mediaDevices: { getUserMedia } }, configurable: true })
  await recorder[what](why)
  return [...told, Boolean(recorder.busy || recorder.isUnkept)]
}"""
"""What is shown, said and kept of a voice that was not taken, or that no microphone was given for."""


def test_why_a_voice_was_not_taken_is_told_and_unless_it_is_no_good_it_stays(ask: Ask) -> None:
    told = {
        0: ["send", "offline", "voice-waits", True],
        401: ["send", "signed-out", "voice-waits", True],
        413: ["send", "full", True],
        422: ["record", "refused", "voice-so-far", False],
        429: ["send", "busy", "voice-waits", True],
        500: ["send", "failed", "voice-waits", True],
        503: ["send", "busy", "voice-waits", True],
    }
    no_microphone = {
        "NotAllowedError": ["no-microphone", False],
        "NotFoundError": ["no-microphone", False],
        "NotReadableError": ["taken", False],
        "AbortError": ["taken", False],
    }

    found = ask(
        "voice-recorder.js", TELLS, [*(["stay", why] for why in told), *(["record", why] for why in no_microphone)]
    )

    assert found == [*told.values(), *no_microphone.values()]


GOES_WITH = """async ([typed, voice, at]) => {
  const told = [], answers = [typed, voice], is = ([status, redirected]) => ({ status, redirected, ok: status < 300 })
  globalThis.FormData = class {
    append() {}
    *[Symbol.iterator]() {}
  }
  globalThis.location = { assign: (to) => told.push(to) }
  globalThis.fetch = async (to) => (told.push(to), { ...is(answers.shift()), url: "https://badges.example" + at })
  const recorder = Object.assign(new elements["voice-recorder"](), { dataset: { to: "voice" }, form: { action: "text" } })
  Object.assign(recorder, { show() {}, say() {}, give: () => true, stay: (status) => told.push(status) })
  await recorder.send()
  return told
}"""
"""What is sent once somebody has spoken beside what they typed, and where that leads, or why it stays."""


def test_a_voice_goes_once_what_was_typed_beside_it_is_there(ask: Ask) -> None:
    taken, conditions, beside, here = [200, True], [200, False], [409, False], "/evidence/7/answers/me"
    led = ["text", "voice", "https://badges.example" + here]
    told: list[tuple[list[Any], list[Any]]] = [
        ([taken, taken, here], led),
        ([beside, taken, here], led),  # the text of another window stands there, and this one beside it
        ([conditions, taken, here], ["text", 200]),
        ([[503, False], taken, here], ["text", 503]),
        ([taken, [413, False], here], ["text", "voice", 413]),
        ([taken, conditions, here], ["text", "voice", 200]),
        ([taken, taken, "/entry"], ["text", "voice", 401]),
    ]

    assert ask("voice-recorder.js", GOES_WITH, [answers for answers, _ in told]) == [what for _, what in told]


SENT = """([name, some, unsaid, asked]) => {
  const told = [], one = new elements[name](), tells = (word) => told.push(word)
  globalThis.document = { dispatchEvent: () => true, querySelectorAll: () => [] }
  globalThis.history = { replaceState() {} }
  globalThis.location = { pathname: "/evidence/draft", assign: tells }
  const words = { content: { cloneNode: () => ({ querySelector: () => ({}) }) } }
  const querySelector = (what) => (what.includes("message") ? (tells(/"(.*)"/.exec(what)[1]), words) : { replaceChildren() {} })
  Object.assign(one, { asked, draft: { files: [] }, step: { dataset: { step: "end" } } })
  Object.assign(one, name === "draft-sender" ? { querySelector } : { say: tells })
  const detail = { at: "/evidence/7", some, unsaid }
  one.sent(name === "draft-sender" ? detail : { detail, preventDefault() {} })
  return told
}"""
"""What is said once a draft was sent, on whatever page: all of it, but some, or but that nothing was heard of a voice."""


@pytest.mark.parametrize(
    ("script", "name"),
    [("draft-sender.js", "draft-sender"), ("evidence-form.js", "kept-answer"), ("evidence-form.js", "moment-draft")],
)
def test_what_came_of_a_draft_is_told_and_no_voice_that_was_cut_is_told_as_sent(
    ask: Ask, script: str, name: str
) -> None:
    found = ask(script, SENT, [[name, *how] for how in ((False, False), (True, False), (False, True))])

    assert found == [["sent"], ["some"], ["unsaid"]]


def test_whoever_waits_for_their_moment_to_go_is_led_to_it_unless_nothing_was_heard_of_their_voice(ask: Ask) -> None:
    waits = [["moment-draft", False, is_unheard, True] for is_unheard in (False, True)]

    assert ask("evidence-form.js", SENT, waits) == [["/evidence/7"], ["unsaid"]]


MOMENT = """async ([act, why]) => {
  const moment = new elements["moment-draft"](), told = []
  const boxes = [["facts", "Un client"], ["me", " "]].map(([question, value]) => ({ value, dataset: { question } }))
  Object.defineProperty(moment, "boxes", { value: boxes })
  globalThis.history = { replaceState() {} }
  const store = { save: async ({ said, ready }) => (told.push(said, Boolean(ready)), why !== "full") }
  const say = (name) => told.push(name), said = why === "empty" ? {} : { facts: "Un", me: "J’ai aidé" }
  Object.assign(moment, { store, say, go: say, haveCome: () => why !== "heavy", dataset: {}, draft: { said, files: [] } })
  moment.sender = { send: () => told.push("sends") }
  await moment[act](why)
  return [...told, Boolean(moment.draft.ready)]
}"""
"""What is kept, said and done on the page of a whole moment, and whether it goes by itself from now on."""


def test_a_moment_is_sent_once_something_is_told_and_kept_and_what_was_rubbed_out_goes_nowhere(ask: Ask) -> None:
    kept = {"facts": "Un client"}
    whys = {0: "offline", 401: "signed-out", 409: "signed-out", 413: "full", 422: "cannot", 429: "busy", 503: "busy"}
    asked = ["", "empty", "heavy", "full"]

    found = ask("evidence-form.js", MOMENT, [*(["done", why] for why in asked), *(["waits", why] for why in whys)])

    assert found[:4] == [
        [kept, True, "end", "sending", "sends", True],
        ["empty", False],
        [False],
        [kept, True, "cannot", False],
    ]
    assert found[4:] == [[word, False] for word in whys.values()]


SENDS = """async (status) => {
  const told = [], sent = [], voice = { id: "first/voice", name: "voix.m4a", type: "audio/mp4", question: "me", instead: 5 }
  const more = { badge: 3, unless: "page", files: [voice, { id: "first/photo", name: "1.jpg", type: "image/jpeg" }] }
  const draft = { id: "first", evidence: 7, after: 12, said: { facts: "Un client" }, ready: true, files: [] }
  const drafts = [{ ...draft, ...more }, { ...draft, id: "unfinished", ready: false }, { ...draft, id: "next" }]
  globalThis.fetch = async (_, { body }) => {
    sent.push([...body].map(([field, value]) => `${field}=${field === "key" ? "" : (value.name ?? value)}`).join("&"))
    if (sent.length === 1 && !status) throw new Error()
    return { status, ok: status === 200, json: async () => ({ at: "/evidence/7", refused: 0, unsaid: 0 }) }
  }
  const file = async ({ name, type }) => new File([], name, { type })
  const [remove, note] = [async ({ id }) => told.push(`${id} goes`), async ({ id }, { refused }) => refused && told.push(`${id} is refused`)]
  const one = Object.assign(new elements["draft-sender"](), { dataset: {}, querySelector: () => null, announce: () => false })
  one.store = { holder: "sonia", list: async () => drafts, remove, note, noted: async () => ({}), file }
  one.sendAgain = () => told.includes("again") || told.push("again")
  await one.sendEach(false, true)
  return [...told, ...sent]
}"""
"""What is sent of three drafts, of which the second one is not finished, and what comes of them where that is answered."""


def test_what_a_phone_keeps_is_sent_whole_and_only_what_was_refused_for_good_is_not_waited_for(ask: Ask) -> None:
    same = "of=sonia&draft={}&key=&evidence=7&after=12&facts=Un client"
    first = f"{same.format('first')}&badge=3&unless=page&files=voix.m4a&about=me&instead=5&files=1.jpg&about=&instead=0"
    following = same.format("next")
    told = {
        200: ["first goes", "next goes", first, following],
        400: ["first is refused", "next is refused", first, following],
        413: [first, following],  # what finds no room today may find it another day
        422: ["first is refused", "next is refused", first, following],
        0: ["again", first],
        401: [first],
        409: [first],
        429: [first],
        503: ["again", first],
    }

    assert ask("draft-sender.js", SENDS, list(told)) == list(told.values())


RESTS = """async ([status, redirected, seconds]) => {
  const told = []
  globalThis.FormData = class {}
  globalThis.location = { reload: () => told.push("closes") }
  globalThis.setTimeout = () => told.push("goes on")
  globalThis.fetch = async () => (status ? { status, redirected, ok: status < 300 } : Promise.reject())
  await Object.assign(new elements["typed-answer"](), { typed: Date.now() - seconds * 1000 }).keep({ action: "/answers/me" })
  return told.join()
}"""
"""Whether a page is asked for anew on a computer that others use, after what was typed so long ago was sent."""


def test_on_a_computer_of_others_what_she_typed_is_kept_before_her_page_is_asked_for_anew(ask: Ask) -> None:
    kept, not_kept = ([200, True], [409, False]), ([200, False], [401, False], [503, False], [0, False])

    found = ask("keep-typed.js", RESTS, [[*how, 5] for how in (*kept, *not_kept)] + [[200, True, 90]])

    assert found == ["closes"] * 2 + ["goes on"] * 5  # the last one left, and is not kept signed in


HANDED_OVER = """() => {
  const draft = { ready: true, unless: "page" }
  Object.assign(new elements["kept-answer"](), { draft }).typed()
  return draft
}"""


def test_what_she_types_after_she_was_asked_to_sign_in_again_is_not_held_back_for_what_went_from_there(
    ask: Ask,
) -> None:
    assert ask("evidence-form.js", HANDED_OVER, [None]) == [{"ready": False}]


TOO_MUCH = """async ([size, isKept]) => {
  const told = [], submit = () => told.push("sent")
  const photos = Object.assign(new elements["attach-files"](), { dataset: { heaviest: 40 }, dispatchEvent: () => !isKept })
  Object.assign(photos, { input: { files: [{ size, type: "image/jpeg" }], form: { submit } }, say: (name) => told.push(name) })
  photos.send()
  return [...told, (await photos.going) !== false, photos.input.value !== "", ...told.slice(1)]
}"""
"""What is told of a photo, and whether what it belongs to may go."""


def test_what_a_photo_that_is_too_heavy_belongs_to_does_not_go_without_it(ask: Ask) -> None:
    assert ask("attach-files.js", TOO_MUCH, [[41, False], [40, False], [40, True]]) == [
        ["sending", False, False, "heavy"],
        ["sending", True, True, "sent"],
        ["sending", True, False, None],
    ]


LEAVES = """async (isThere) => {
  const told = [], status = { replaceChildren() {} }, words = { content: { cloneNode: () => "" } }
  const querySelector = (what) => (what.includes("message") ? (told.push(/"(.*)"/.exec(what)[1]), words) : status)
  const sender = { reaches: async () => isThere }
  await Object.assign(new elements["leaving-door"](), { sender, querySelector, go: () => told.push("goes") }).lose()
  return told
}"""


def test_whoever_would_rather_lose_a_text_is_let_out_unless_nobody_would_hear_of_it(ask: Ask) -> None:
    assert ask("sign-out.js", LEAVES, [True, False]) == [["goes"], ["offline"]]


GOES_ON = """([isUnkept, waits]) => {
  const told = [], event = { preventDefault: () => told.push("stays"), stopImmediatePropagation() {} }
  const recorder = Object.assign(new elements["voice-recorder"](), { isUnkept, at: () => ({ hidden: !waits }) })
  recorder.stop = () => told.push("ends")
  recorder.finish(event)
  return told
}"""
"""What « Continuer » does while a voice is being recorded, and after it could not be sent."""


def test_whoever_goes_on_ends_what_they_say_and_is_not_held_by_what_could_not_be_sent(ask: Ask) -> None:
    assert ask("voice-recorder.js", GOES_ON, [[True, False], [True, True], [False, False]]) == [
        ["stays", "ends"],
        [],
        [],
    ]


STORE = """
const kept = new Map()
const says = (result) => {
  const asked = { result }
  queueMicrotask(() => asked.onsuccess?.())
  return asked
}
globalThis.IDBKeyRange = { bound: (from) => from }
const of = (from) => [...kept.keys()].filter((id) => id === from || (from.endsWith("/") && id.startsWith(from)))
const store = {
  get: (id) => says(kept.get(id)),
  getAll: () => says([...kept.values()].filter(({ id }) => !id.includes("/"))),
  put: (row) => kept.set(row.id, row),
  delete: (from) => of(from).forEach((id) => kept.delete(id)),
}
const transaction = () => {
  const turn = { objectStore: () => store }
  setTimeout(() => turn.oncomplete())
  return turn
}
globalThis.indexedDB = { open: () => says({ close() {}, transaction }) }
Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true })
"""
"""As much of a phone's store as drafts want."""
WRITTEN_ON = """async (act) => {
  const drafts = new script.DraftStore("sonia", "/drafts/key", () => {}), found = []
  for (const row of [{ id: "d", at: 2, of: "sonia" }, { id: "d/photo" }, { id: "dd/photo" }]) kept.set(row.id, row)
  for (const at of [1, 2]) {
    await drafts[act]({ id: "d", at }, { refused: true })
    found.push([[...kept.keys()].join(), kept.get("d")?.refused ?? false])
  }
  return found
}"""
"""What there is of a draft that was written on, and whether it counts as refused: after word of what it was before, and of what it is."""


def test_what_sonia_wrote_meanwhile_is_neither_refused_nor_thrown_away_with_what_it_was_before(ask: Ask) -> None:
    everything, others = "d,d/photo,dd/photo", "dd/photo"

    found = ask("draft-store.js", WRITTEN_ON, ["note", "remove"], STORE)

    assert found == [
        [[everything, False], [everything, True]],
        [[everything, False], [others, False]],
    ]


KEPT = """async (clock) => {
  kept.clear()
  globalThis.Date = class extends Date {
    static now = () => clock.shift()
  }
  const known = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"])
  const [sonias, kevins] = ["sonia", "kevin"].map((who) => new script.DraftStore(who, "/drafts/key", () => {}))
  sonias.known = kevins.known = known
  const [one, other] = ["b", "a"].map((id) => ({ ...script.newDraft({ id }), said: { facts: id } }))
  const photo = { id: "b/1", name: "1.jpg", type: "image/jpeg" }, lost = { ...photo, id: "b/2" }, spoilt = { ...photo, id: "b/3" }
  await sonias.save(one, [[photo.id, new Blob(["photo"])]])
  await sonias.save(other)
  await sonias.save({ ...one, said: { facts: "more" } })
  kept.set(spoilt.id, { ...kept.get(photo.id), id: spoilt.id }) // sealed as another one
  const seen = async (drafts) => (await drafts.list()).map(({ said }) => said.facts)
  const files = await Promise.all([photo, lost, spoilt].map(async (file) => sonias.file(file)))
  const texts = await Promise.all(files.map(async (file) => [file.name, file.type, await file.text()].join()))
  return [await seen(sonias), await seen(kevins), await kevins.count(), texts]
}"""
"""What Sonia and Kévin find in a phone where she wrote two drafts and then went on with the first, by a clock that says so."""


def test_what_sonia_wrote_last_is_last_and_hers_alone_with_its_photo(ask: Ask) -> None:
    now = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp() * 1000)
    later = [now + 5] * 9
    # one whose bytes are gone, or cannot be opened, stops no other
    files = ["1.jpg,image/jpeg,photo", *["1.jpg,image/jpeg,"] * 2]

    found = ask("draft-store.js", KEPT, [[now, now + 1, now + 2, *later], [now, now - 5, now - 9, *later]], STORE)

    assert found == [[["a", "more"], [], 0, files]] * 2, "also by a clock that is set back meanwhile"


PLAINLY = """([event, text, source, before]) => {
  const sent = [], form = { append: ({ name, value }) => sent.push(name, value), submit: () => sent.push("sent") }
  const ctx = { text, sourceElement: { closest: () => (source === "link" ? null : form) }, sourceEvent: { submitter: source } }
  document.createElement = () => ({})
  document.closest = () => before === "link"
  document.dispatchEvent(new Event("htmx:before:request"))
  if (before) document.dispatchEvent(new Event({ link: "click", word: "click", form: "submit" }[before]))
  const told = Object.assign(new Event(event, { cancelable: true }), { detail: { ctx } })
  return [document.dispatchEvent(told), ...sent]
}"""
"""Whether what came takes its place in the page, and what the browser sends by itself instead."""


def test_a_form_whose_answer_is_no_page_of_ours_is_sent_by_the_browser_with_the_button_that_was_pressed(
    ask: Ask,
) -> None:
    button, came, ours = {"name": "order", "value": "date"}, "htmx:after:request", '<main id="main">'
    sent = ["order", "date", "sent"]
    found = ask(
        "send-plainly.js",
        PLAINLY,
        [
            [came, ours, button, ""],
            [came, "<h1>Conditions</h1>", button, ""],
            [came, "", {}, ""],
            ["htmx:error", "", button, ""],
            ["htmx:error", "", "link", ""],
            *(["htmx:error", "", button, before] for before in ("link", "form", "word")),
        ],
    )

    assert found == [[True], [False, *sent], [False, "sent"], [True, *sent], [True], [True], [True], [True, *sent]]


TYPED = """(texts) => {
  const field = { value: texts[0], addEventListener: (name, act) => (field[name] = act) }
  document.getElementById = () => field
  globalThis.addEventListener = (name, act) => (globalThis[name] = act)
  const shown = Object.assign(new elements["typed-text"](), { dataset: {} })
  shown.connectedCallback()
  return texts.map((text, place) => {
    field.value = text
    ;[field.input, globalThis.pageshow][place]()
    return shown.textContent
  })
}"""


def test_the_name_of_a_share_is_told_as_it_is_typed_and_to_whoever_comes_back_to_what_they_typed(ask: Ask) -> None:
    assert ask("share-form.js", TYPED, [["La boulangerie ", " La mairie"]]) == [["La boulangerie", "La mairie"]]


SHARED = """([name, box, dataset]) => {
  const ceremony = Object.assign(new elements[`passkey-${name}`](), { dataset, querySelector: () => box })
  const response = { clientDataJSON: [], authenticatorData: [], signature: [], attestationObject: [] }
  return [ceremony.answer({ rawId: [], response }).shared, ceremony.wish.shared ?? null]
}"""
"""Whether a key is told to be shown on a computer of others, and asked for as such."""


def test_a_computer_that_others_use_is_told_as_one_and_no_other_is(ask: Ask) -> None:
    ticked, unticked = {"checked": True}, {"checked": False}
    found = ask(
        "passkeys.js",
        SHARED,
        [
            *(["authentication", box, {}] for box in (ticked, unticked, None)),
            ["confirmation", None, {}],
            *(["registration", None, dataset] for dataset in ({"shared": ""}, {})),
        ],
    )

    assert found == [[True, None], [False, None], [False, None], [False, None], [True, True], [False, False]]


WORKER = """
const heard = {}, path = (one) => new URL(one.url ?? one, "https://badges.example").href
class Cache {
  kept = new Map()
  match = async (one) => this.kept.get(path(one))?.clone()
  put = async (one, answer) => void this.kept.set(path(one), answer)
  delete = async (one) => this.kept.delete(path(one))
  keys = async () => [...this.kept.keys()].map((url) => ({ url }))
  add = async (one) => this.put(one, await fetch(one))
}
const all = new Map()
globalThis.caches = {
  has: async (name) => all.has(name),
  keys: async () => [...all.keys()],
  open: async (name) => all.get(name) ?? all.set(name, new Cache()).get(name),
  delete: async (name) => all.delete(name),
  match: async (one) => (await Promise.all([...all.values()].map((cache) => cache.match(one)))).find(Boolean),
}
Object.assign(globalThis, { VERSION: "1", SHELL: [], OFFLINE: "/offline", indexedDB: { deleteDatabase() {} }, clients: {} })
Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true })
globalThis.addEventListener = (name, act) => (heard[name] = act)
const tells = async (name, told) => {
  const waits = []
  await heard[name]({ ...told, waitUntil: (one) => waits.push(one), respondWith: (one) => waits.push((told.answer = one)) })
  await Promise.all(waits)
  return told.answer
}
const asks = (at, mode, method, destination = "") => {
  const url = path(at), more = { headers: new Headers(), referrer: path("/"), toString: () => url }
  return tells("fetch", { request: { url, mode, method, destination, ...more } })
}
"""
"""As much of a browser as the script of a phone that keeps pages wants."""
PHONE = """async (steps) => {
  const asked = [], answers = []
  all.clear()
  globalThis.fetch = async (one) => {
    const at = new URL(path(one)).pathname, { status = 200, text = "", ...headers } = answers[0]?.[at] ?? {}
    asked.push(at)
    return status ? new Response(text || null, { status, headers: { "wallet-holder": "sonia", ...headers } }) : Promise.reject()
  }
  await import(`${process.argv[1]}?${(globalThis.times = (globalThis.times ?? 0) + 1)}`)
  const said = []
  for (const [how, at, told] of steps) {
    answers.unshift(told)
    if (how === "keep") await tells("message", { data: { keep: [at] } })
    else said.push((await asks(at, ...how.split(" "))).status)
  }
  const kept = await Promise.all([...all.values()].map((cache) => cache.keys()))
  return [said, asked, kept.flat().map(({ url }) => new URL(url).pathname)]
}"""
"""What a phone is answered, what it asks the network for, and what it keeps, where it meets *steps* one after another."""
VISIT, LOOK, SEND, SUBMIT = "navigate GET", "no-cors GET image", "cors POST", "navigate POST"


def test_what_a_phone_keeps_is_asked_for_once_and_goes_as_soon_as_it_is_no_longer_so(ask: Ask) -> None:
    keeps, badges, picture, style = {"wallet-keep": "yes"}, "/badges", "/badges/7/picture", "/static/a.0123456789.css"
    moment = {"/evidence/7": {**keeps, "text": "Un client"}}
    seen_with = f'<link href="{style}"><img src="{picture}">'
    page = {badges: {**keeps, "text": seen_with}, style: {"text": "a"}, picture: {"text": "b"}}
    first = [badges, style, picture]
    no_picture, cut = {**page, picture: {"status": 503}}, {"status": 0}
    told: list[tuple[list[Any], list[Any]]] = [
        # her gigabyte lasts: neither the page nor what it is seen with is asked for twice in a day
        ([["keep", badges, page], ["keep", badges, page]], [[], first, [style, picture, badges]]),
        ([["keep", badges, page], [VISIT, badges, page]], [[200], [*first, badges], [style, picture, badges]]),
        ([["keep", badges, page], [LOOK, picture, page]], [[200], first, [style, picture, badges]]),
        # a picture that did not come with its page is not what she is shown from then on
        (
            [["keep", badges, no_picture], [LOOK, picture, page]],
            [[200], [*first, picture], [style, badges]],
        ),
        # what is kept no longer goes
        ([["keep", "/evidence/7", moment], [VISIT, "/evidence/7", {}]], [[200], ["/evidence/7"] * 2, []]),
        ([["keep", "/evidence/7", moment], [SEND, "/drafts", {}]], [[200], ["/evidence/7", "/drafts"], []]),
        (
            [["keep", "/evidence/7", moment], [SEND, "/drafts", {"/drafts": {"status": 503}}]],
            [[503], ["/evidence/7", "/drafts"], ["/evidence/7"]],
        ),
        # whoever left is out, though only the way back may have been cut
        *(
            ([["keep", badges, page], [SUBMIT, leaves, {leaves: cut}]], [[0], [*first, leaves], []])
            for leaves in ("/leaving", "/erasure")
        ),
    ]

    found = ask("service-worker.js", PHONE, [steps for steps, _ in told], WORKER)

    for (steps, (said, asked, kept)), answer in zip(told, found, strict=True):
        assert [*answer[:2], sorted(answer[2])] == [said, asked, sorted(kept)], steps
