"""What scripts make of a text, without a browser: node runs each alone. What a page does with it, the stories see."""

import json
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.recordings import fragments, mp4, ogg, webm
from tests.openbadges.support.others import NODE

STATIC = Path(__file__).parents[2] / "wallet/static"
ALONE = """
globalThis.HTMLElement = class {}
const elements = (globalThis.elements = {})
globalThis.customElements = { define: (name, kind) => (elements[name] = kind) }
globalThis.location = new URL("https://badges.example/badges/scan")
const script = await import(process.argv[1])
const ask = %s
const answers = []
for (const one of JSON.parse(process.argv[2])) answers.push((await ask(one)) ?? null)
process.stdout.write(JSON.stringify(answers), () => process.exit()) // it waits for no clock of theirs
"""
"""As much of a page as these scripts want before anybody touches one."""
Ask = Callable[[str, str, list[Any]], list[Any]]

pytestmark = pytest.mark.skipif(not NODE, reason="node is not here: make install-for-tests")


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """What a *script* answers to each of *questions*, put to it by a function of JavaScript; one process for them all."""
    shutil.copytree(STATIC / "js", tmp_path / "js")
    (tmp_path / "package.json").write_text('{"type": "module"}')

    def asked(script: str, how: str, questions: list[Any]) -> list[Any]:
        words = (NODE, "--input-type=module", "-e", ALONE % how, str(tmp_path / "js" / script), json.dumps(questions))
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
