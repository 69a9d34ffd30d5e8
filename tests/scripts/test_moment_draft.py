"""A whole moment told on one page (evidence-form.js), asked directly: each question in its turn, kept, read over, sent."""

from threading import Event
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import PATIENCE
from tests.fixtures.page_alone import KEY, Alone, Answer, evaluate
from tests.scripts.drafts import keeps
from tests.scripts.speaking import hears

pytestmark = pytest.mark.browser
HERE, SENT = "/evidence/draft", "POST /drafts"
FACTS, ME = "Que s’est-il passé ?", "Qu’avez-vous fait, vous ?"
RESULT, LEARNT = "Qu’est-ce que cela a donné ?", "Qu’avez-vous appris ?"
WHERE, VOICE = "C’était où ?", "Réécoutez-vous"
ASKS = """async (given) => {
    const one = (which) => document.querySelector(which)
    const moment = one("moment-draft"), { store } = one("draft-sender")
    const words = (which) => which && which.textContent.trim().replace(/\\s+/g, " ")
    const all = (which, tells = words) => [...document.querySelectorAll(which)].map(tells)
    const label = (button) => button.getAttribute("aria-label").replace(/\\s/g, " ")
    const step = () => all("[data-step]:not([hidden])", ({ dataset }) => dataset.step).join()
    const kept = async () => (await store.written, await store.list())
    const status = () => words(one("moment-draft > [role=status]"))
    const types = (question, text) => {
        const box = one(`[data-question=${question}]`)
        box.value = text
        box.dispatchEvent(new Event("input", { bubbles: true }))
    }
    const touches = (act) => one(`${one("[data-listening]").hidden ? `[data-step=${step()}]` : "[data-listening]"} [data-act=${act}]`).click()
    const recorder = () => (one("[data-listening]").hidden ? one(`[data-step=${step()}] voice-recorder`) : one("[data-listening] voice-recorder"))
    const begins = async (what, at = recorder()) => {
        const before = recorders.length
        at.querySelector("[data-act=record]").click()
        await until(() => recorders.length > before)
        recorders.at(-1).said = sound + what
    }
    const hearing = async (act, times = 1) => {
        const { length } = scrolled
        await act()
        await until(() => looks().hears && scrolled.length >= length + times)
    }
    const says = (what) => hearing(async () => {
        const at = recorder()
        await begins(what, at)
        at.querySelector("[data-act=stop]").click()
        await until(() => !at.querySelector("[data-act=record]").hidden)
    })
    const plays = async () => {
        const { length } = played
        one("[data-listening] .play").click()
        await until(() => played.length > length)
        const heard = played.at(-1)
        one("[data-listening] .play").click()
        return heard
    }
    const back = () => !one("a.back").dispatchEvent(new MouseEvent("click", { cancelable: true, bubbles: true }))
    const looks = () => ({
        asked: words(one("h1")),
        step: step(),
        hears: !one("[data-listening]").hidden,
        progress: one("[data-progress]").hidden ? null : words(one(".progress")),
        sewn: all(".stitches .sewn").length,
        home: !one("[data-home]").hidden,
        focused: document.activeElement === one("h1"),
    })
    const rows = () => all("[data-said] > div", (row) => [words(row.querySelector("dt")), words(row.querySelector(".said")), label(row.querySelector("button"))])
    const more = () => (one("[data-more]").hidden ? null : all("[data-more] dl > div", (row) => [words(row.querySelector("dt")), label(row.querySelector("button"))]))
    const attached = () => all("[data-files] li")
    const change = (heading) => [...document.querySelectorAll("dd button")].find((button) => label(button).endsWith(heading)).click()
    const chooses = (...names) => {
        const chosen = new DataTransfer()
        for (const name of names) chosen.items.add(new File([name], name, { type: "image/jpeg" }))
        const input = one("attach-files input")
        input.files = chosen.files
        input.dispatchEvent(new Event("change", { bubbles: true }))
    }
    const seen = () => dispatchEvent(new Event("visibilitychange"))
    return await (ACT)(given)
}"""
"""Asks ACT of the page on which a moment is told."""


def asks(page: Page, act: str, given: Any = None) -> Any:
    """What *act*, a function of JavaScript, gives for *given*."""
    return evaluate(page, ASKS.replace("ACT", act), given)


def opens(alone: Alone, at: str = HERE) -> Page:
    """The page, which knows what is kept; nothing scrolls, and a way back leads nowhere."""
    hears(alone.page)
    alone.page.add_init_script("""
        window.scrolled = []
        window.scrollTo = (...where) => window.scrolled.push(where.join())
        addEventListener("click", (event) => event.target.closest("a.back") && (window.left = !event.defaultPrevented, event.preventDefault()))
    """)
    page = alone.opens("moment, with the network off", at)
    begins(page)
    return page


def begins(page: Page) -> None:
    """Returns when it knows what is kept."""
    page.wait_for_function("() => document.querySelector('[data-step]:not([hidden])')")


def test_each_question_comes_in_its_turn_and_what_she_tells_is_kept(alone: Alone) -> None:
    page = opens(alone, f"{HERE}?badge=7")

    first, at_first, nothing = asks(page, "async () => [looks(), status(), await kept()]")
    assert first == {
        "asked": WHERE, "step": "situation", "hears": False, "progress": "Question 1 sur 5", "sewn": 1, "home": False, "focused": False,
    }  # fmt: skip
    assert (at_first, nothing) == ("", [])
    second, [kept], named, scrolled = asks(
        page,
        """async () => {
            types("place", "Garage")
            one("[data-situation=work]").click()
            return [looks(), await kept(), location.pathname + location.search + location.hash, scrolled]
        }""",
    )
    assert second == first | {
        "asked": FACTS,
        "step": "facts",
        "progress": "Question 2 sur 5",
        "sewn": 2,
        "focused": True,
    }
    assert (kept["said"], kept["badge"], kept["evidence"]) == ({"situation": "work", "place": "Garage"}, 7, 0)
    assert not kept["ready"]
    assert named == f"{HERE}#{kept['id']}"
    assert scrolled == ["0,0"]

    backs = asks(page, "() => [back(), left, step(), back(), left, step()]")
    assert backs == [True, False, "situation", True, True, "situation"], (
        "from the first question the way back leads away"
    )
    told = asks(
        page,
        """async () => {
            one("[data-situation=home]").click()
            types("facts", "Un client")
            touches("next")
            const first = (await kept())[0].said
            types("me", "   ")
            touches("next")
            types("result", "Bien")
            touches("next")
            types("result", "")
            const last = looks()
            touches("next")
            return [first, (await kept())[0].said, last, looks(), rows(), more(), attached()]
        }""",
    )
    said = {"situation": "home", "place": "Garage", "facts": "Un client"}
    assert told[:2] == [said, said]
    assert told[2] == first | {
        "asked": LEARNT,
        "step": "learning",
        "progress": "Question 5 sur 5",
        "sewn": 5,
        "focused": True,
    }
    assert told[3] == told[2] | {"asked": "Relisez", "step": "over", "progress": None}
    assert told[4] == [
        [WHERE, "À la maison, Garage", f"Changer : {WHERE}"],
        [FACTS, "Un client", f"Changer : {FACTS}"],
    ]
    assert told[5] == [[one, f"Répondre : {one}"] for one in (ME, RESULT, LEARNT)]
    assert told[6] == []
    changed = asks(
        page,
        """async () => {
            const shown = []
            for (const [question, heading] of given) {
                change(heading)
                shown.push([step(), looks().hears])
                types(question, "Dit")
                touches("over")
            }
            return [shown, rows().map(([, said]) => said), more()]
        }""".replace("given", str([["me", ME], ["result", RESULT], ["learning", LEARNT], ["facts", FACTS]])),
    )
    assert changed == [
        [["me", False], ["result", False], ["learning", False], ["facts", False]],
        ["À la maison, Garage", *["Dit"] * 4],
        None,
    ]


def test_the_address_names_what_she_tells_and_finds_it_again(alone: Alone) -> None:
    page = opens(alone, f"{HERE}#{'0' * 32}")
    assert asks(page, "async () => [step(), status(), await kept()]") == ["situation", "", []]
    page.evaluate("() => { window.same = true; location.hash = 'main' }")
    assert asks(page, "async () => (await until(() => location.hash === '#main'), [await kept(), location.hash])") == [
        [],
        "#main",
    ]
    voice = {"name": "voix.webm", "type": "audio/webm", "question": "me", "cut": True}
    first, second = keeps(
        alone, {"said": {"facts": "Un client", "situation": "work"}, "sounds": [voice]}, {"said": {"facts": "Un autre"}}
    )

    page.evaluate("(name) => { location.hash = name }", first)
    page.wait_for_function("() => !window.same && document.querySelector('[data-step]:not([hidden])')")
    found = asks(
        page,
        "async () => [looks(), status(), rows().map(([, said]) => said), one('[data-question=facts]').value, one('[data-question=me]').value, attached(), location.hash]",
    )
    assert found[0]["asked"] == "Relisez"
    assert not found[0]["focused"]
    assert found[1:] == [
        "Votre texte est gardé.", ["Au travail", "Un client", "Ma voix"], "Un client", "", ["Ma voix"], f"#{first}",
    ]  # fmt: skip

    page.evaluate("() => { window.same = true; location.hash = 'main' }")
    page.wait_for_function("(name) => location.hash === `#${name}`", arg=first)
    page.evaluate("(name) => { history.replaceState(null, '', '#main'); location.hash = name }", first)
    assert asks(
        page,
        """async () => {
            change("Qu’avez-vous appris ?")
            await says("appris")
            return [(await kept()).flatMap(({ files }) => files.map(({ question }) => question)), window.same]
        }""",
    ) == [["me", "learning"], True], "what was cut is whole now: what she says next does not take its place"
    page.evaluate("(name) => { location.hash = name }", second)
    page.wait_for_function("() => !window.same && document.querySelector('[data-step]:not([hidden])')")
    assert asks(page, "() => rows().map(([, said]) => said)") == ["Un autre"]


STORE_WAITS = """
    const opens = indexedDB.open.bind(indexedDB)
    const waiting = []
    window.answers = () => { indexedDB.open = opens; for (const one of waiting) one() }
    indexedDB.open = (...what) => {
        const asked = {}
        waiting.push(() => {
            const real = opens(...what)
            for (const on of ["onupgradeneeded", "onsuccess", "onerror", "onblocked"]) real[on] = asked[on] && asked[on].bind(real)
            real.onupgradeneeded = () => { asked.result = real.result; asked.onupgradeneeded() }
            real.onsuccess = () => { asked.result = real.result; asked.onsuccess() }
        })
        return asked
    }
"""
"""A store that says nothing until `answers`."""


def test_a_store_that_says_nothing_holds_her_up_for_six_seconds_and_what_it_says_late_is_shown_where_she_told_nothing(
    alone: Alone,
) -> None:
    page = alone.page
    opens(alone)
    [name] = keeps(alone, {"said": {"facts": "Un client"}})
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.add_init_script(STORE_WAITS)
    for act, then in (
        ("() => {}", ["over", "Votre texte est gardé."]),
        (
            "() => types('facts', 'Un autre')",
            ["situation", "Ce téléphone ne peut rien garder pour l’instant. Ne fermez pas cette page."],
        ),
        ("() => one('[data-situation=work]').click()", ["facts", ""]),
    ):
        page.goto("about:blank")
        page.goto(f"{alone.wire.origin}{HERE}#{name}")
        page.wait_for_function("() => document.querySelector('moment-draft').sender")
        page.clock.run_for(5999)
        assert page.locator("[data-step]:not([hidden])").count() == 0
        page.clock.run_for(1)
        begins(page)
        expect(page.locator("moment-draft > [role=status]")).to_contain_text("ne peut rien garder")
        assert asks(page, "() => step()") == "situation"
        asks(page, act)
        page.evaluate(
            """async () => {
                const { ready, store } = document.querySelector("draft-sender")
                answers()
                for (const heard of [() => ready, () => store.list(), () => store.list()]) await heard()
            }"""
        )
        expect(page.locator("moment-draft > [role=status]")).to_have_text(then[1])
        assert asks(page, "() => [step(), status()]") == then


def test_what_she_says_is_heard_again_spoken_anew_taken_back_or_written(alone: Alone) -> None:
    page = opens(alone)
    files = "(await kept()).flatMap(({ files }) => files.map(({ question, type, name }) => [question, type, name]))"
    once = asks(
        page,
        f"""async () => {{
            one("[data-situation=work]").click()
            moment.say("offline")
            scrolled.length = 0
            await says("premier")
            return [looks(), words(one("[data-asked]")), one("[data-replaced]").hidden, status(), {files}, scrolled, await plays(), recorder().dataset.about, window.first = (await kept())[0].files[0].id]
        }}""",
    )
    voice = ["facts", "audio/webm", "voix.webm"]
    assert once[0] == {
        "asked": VOICE, "step": "", "hears": True, "progress": "Question 2 sur 5", "sewn": 2, "home": False, "focused": True,
    }  # fmt: skip
    assert once[1:-1] == [FACTS, True, "", [voice], ["0,0"], "premier", "facts"]

    anew, again, twice = asks(
        page,
        f"""async () => {{
            await says("second")
            const anew = [one("[data-replaced]").hidden, {files}.length, await plays()]
            await hearing(() => touches("undo"))
            const again = [{files}, await plays()]
            touches("undo")
            return [anew, [one("[data-replaced]").hidden, (await kept())[0].files[0].id === window.first, ...again], [{files}, await plays(), status()]]
        }}""",
    )
    assert anew == [False, 1, "second"]
    assert again == [True, True, [voice], "premier"]
    assert twice == [[voice], "premier", ""], "touched twice"

    ways = asks(
        page,
        """async () => {
            touches("write")
            const written = looks()
            touches("next")
            const next = step()
            return [written.step, written.hears, written.asked, next]
        }""",
    )
    assert ways == ["facts", False, FACTS, "me"]


def test_her_voice_answers_its_question_wherever_she_has_gone_meanwhile(alone: Alone) -> None:
    page = opens(alone)
    [name] = keeps(
        alone,
        {
            "said": {"me": "Écrit"},
            "sounds": [{"name": "ancienne.webm", "type": "audio/webm"}, {"name": "a.jpg", "type": "image/jpeg"}],
        },
    )
    page.evaluate("(name) => { location.hash = name }", name)
    page.wait_for_function("() => document.querySelector('[data-step=over]:not([hidden])')")

    old = asks(
        page,
        """async () => {
            const read = [rows().map(([heading, said]) => [heading, said]), attached()]
            await hearing(() => change("Que s’est-il passé ?"), 2)
            const heard = await plays()
            const wayBack = [back(), left, step(), looks().hears]
            return [read, heard, wayBack]
        }""",
    )
    assert old == [
        [[[FACTS, "Ma voix"], [ME, "Écrit"]], ["Ma voix", "a.jpg"]],
        "ancienne.webm",
        [True, False, "facts", False],
    ], "an older release did not tell which question a voice answers"

    meanwhile = asks(
        page,
        """async () => {
            await begins("dit ici")
            touches("next")
            await until(async () => (await kept())[0].files.length === 3)
            await until(() => !one("[data-step=facts] [data-act=record]").hidden)
            const next = [looks().asked, looks().hears]
            await begins("et là")
            touches("over")
            await until(async () => (await kept())[0].files.length === 4 && attached().length === 4)
            const [{ files }] = await kept()
            return [next, looks().asked, looks().hears, files.map(({ question }) => question || "")]
        }""",
    )
    assert meanwhile == [[ME, False], "Relisez", False, ["", "", "facts", "me"]], "nothing takes the place of another"
    written = asks(
        page,
        """async () => {
            change("Qu’avez-vous fait, vous ?")
            const written = looks().hears
            touches("next")
            await says("résultat")
            await begins("anew")
            touches("next")
            const first = (await kept())[0].files.at(-1).id
            await until(async () => (await kept())[0].files.at(-1).id !== first && (await kept())[0].files.length === 5)
            touches("over")
            await hearing(() => change("Qu’est-ce que cela a donné ?"), 2)
            return [written, await plays(), one("[data-replaced]").hidden]
        }""",
    )
    assert written == [False, "anew", True]


def test_a_voice_that_this_phone_cannot_keep_is_offered_again(alone: Alone) -> None:
    page = opens(alone)
    page.evaluate("() => { window.opens = indexedDB.open; indexedDB.open = () => { throw new Error('full') } }")

    offered = asks(
        page,
        """async () => {
            one("[data-situation=work]").click()
            const at = recorder()
            await begins("dit")
            at.querySelector("[data-act=stop]").click()
            await until(() => !at.querySelector("[data-act=send]").hidden && status())
            return [step(), looks().hears, status()]
        }""",
    )
    assert offered == ["facts", False, "Ce téléphone ne peut rien garder pour l’instant. Ne fermez pas cette page."]
    kept = asks(
        page,
        """async () => {
            indexedDB.open = window.opens
            const at = recorder()
            at.querySelector("[data-act=send]").click()
            await until(() => looks().hears)
            return [(await kept())[0].files.length, await plays(), status()]
        }""",
    )
    assert kept == [1, "dit", ""]


def _opens_at(page: Page, name: str) -> None:
    """The draft of that name, read over."""
    page.evaluate("(name) => { document.querySelector('h1').remove(); location.hash = name }", name)
    page.wait_for_function(
        "() => document.querySelector('[data-step=over]:not([hidden])') && document.querySelector('h1')"
    )


def test_photos_go_with_it_one_after_the_other_and_are_taken_off(alone: Alone) -> None:
    page = opens(alone)
    many = [{"name": f"{one}.jpg", "type": "image/jpeg"} for one in range(19)]
    [name] = keeps(alone, {"said": {"facts": "Un client"}, "sounds": many})

    taken = asks(
        page,
        """async () => {
            one("[data-situation=work]").click()
            touches("over")
            chooses("a.jpg", "b.jpg", "c.jpg")
            await until(() => attached().length === 3)
            const first = [attached(), looks().focused, status()]
            const removes = async (place) => {
                const { length } = attached()
                all("[data-files] button", (one) => one)[place].click()
                await until(() => attached().length < length)
                await until(() => document.activeElement !== document.body)
                return [attached(), (await kept()).at(-1).files.map(({ name }) => name), document.activeElement.closest("li") ? words(document.activeElement.closest("li")) : document.activeElement.type]
            }
            return [first, await removes(1), await removes(1), await removes(0)]
        }""",
    )
    assert taken == [
        [["a.jpg", "b.jpg", "c.jpg"], True, ""],
        [["a.jpg", "c.jpg"], ["a.jpg", "c.jpg"], "c.jpg"],
        [["a.jpg"], ["a.jpg"], "file"],
        [[], [], "file"],
    ]

    _opens_at(page, name)
    too_many = asks(
        page,
        """async () => {
            chooses("u.jpg", "v.jpg", "w.jpg")
            touches("done")
            await until(() => attached().length === 20 && status())
            await until(() => !one("attach-files").going)
            await new Promise((done) => setTimeout(done))
            return [attached().at(-1), status(), step(), (await kept()).at(-1).ready]
        }""",
    )
    assert too_many == ["u.jpg", "Il y a trop de fichiers. Envoyez d’abord ce moment.", "over", False]


def test_it_goes_when_she_says_so_and_leads_on_once_it_is_there(alone: Alone) -> None:
    answered = Event()

    def waits(_asked: object) -> Answer:
        answered.wait(PATIENCE / 1000)
        return Answer(json={"at": "/evidence/5"})

    alone.answers.update({SENT: waits, "GET /evidence/5": Answer(body="<h1>Là</h1>")})
    page = opens(alone)
    [name] = keeps(alone, {"said": {}})
    _opens_at(page, name)

    nothing = asks(
        page,
        "async () => (touches('done'), await until(() => status().includes('rien')), [status(), step(), Boolean((await kept())[0].ready)])",
    )
    assert nothing == ["Vous n’avez encore rien raconté. Écrivez, ou enregistrez votre voix.", "over", False]
    sending = asks(
        page,
        """async () => {
            chooses("a.jpg")
            touches("done")
            await until(() => step() === "end" && status())
            return [looks(), status(), (await kept())[0].ready, back(), left]
        }""",
    )
    assert sending[0] == {
        "asked": "Votre moment est gardé", "step": "end", "hears": False, "progress": None, "sewn": 5, "home": True, "focused": True,
    }  # fmt: skip
    assert sending[1:] == ["Nous envoyons votre moment…", True, True, True], (
        "what was told to the end is left by the way back"
    )
    [sent] = alone.wire.asked_for(SENT)
    assert [value for field, value in sent.form if field == "files"] == [b"a.jpg"]
    answered.set()
    page.wait_for_url("**/evidence/5")

    alone.answers[SENT] = None
    opens(alone)
    away = asks(
        page,
        """async () => {
            one("[data-situation=work]").click()
            touches("over")
            touches("done")
            await until(() => status().includes("coupé"))
            await store.written
            return [status(), step(), location.hash.length]
        }""",
    )
    assert away == [
        "Internet est coupé. Votre texte est gardé dans ce téléphone. Nous l’enverrons plus tard.",
        "end",
        33,
    ]


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({}, "C’est envoyé."),
        ({"refused": 1}, "C’est envoyé, mais pas tout."),
        ({"unsaid": 1}, "Votre voix s’est coupée. Nous n’avons encore rien entendu."),
    ],
    ids=["sent", "some", "unsaid"],
)
def test_who_put_the_phone_away_finds_where_it_is(alone: Alone, told: dict[str, int], says: str) -> None:
    page = opens(alone)
    alone.answers[SENT] = None if not told.get("unsaid") else Answer(json={"at": "/evidence/5", **told})
    asks(
        page,
        """async () => {
            one("[data-situation=work]").click()
            touches("over")
            touches("done")
            await until(() => /coupé/.test(status()))
            await navigator.locks.request("drafts", () => {})
        }""",
    )
    alone.answers[SENT] = Answer(json={"at": "/evidence/5", **told})
    page.evaluate("() => dispatchEvent(new Event('online'))")

    status = page.locator("moment-draft > [role=status]")
    expect(status).to_contain_text(says)
    expect(status.get_by_role("link")).to_have_attribute("href", "/evidence/5")
    expect(page.locator("draft-sender [role=status]")).to_be_empty()
    assert page.url == f"{alone.wire.origin}{HERE}"
    assert asks(page, "() => looks().asked") == "Votre moment est gardé"


def test_what_cannot_be_kept_is_not_sent_and_what_goes_while_she_tells_leads_on(alone: Alone) -> None:
    alone.answers.update({SENT: Answer(json={"at": "/evidence/5"}), "GET /evidence/5": Answer(body="<h1>Là</h1>")})
    alone.answers["GET /drafts/key"] = Answer(401)
    page = opens(alone)
    cannot = "Ce téléphone ne peut rien garder pour l’instant. Ne fermez pas cette page."
    assert asks(page, "() => status()") == cannot, "nobody gives what it is sealed with"
    alone.answers["GET /drafts/key"] = Answer(json=KEY)
    opens(alone)

    refused = asks(
        page,
        """async () => {
            one("[data-situation=work]").click()
            await kept()
            const opens = indexedDB.open
            indexedDB.open = () => { throw new Error("full") }
            touches("over")
            touches("done")
            await until(() => status())
            indexedDB.open = opens
            const here = [step(), status(), back(), left, step()]
            types("learning", "Un mot")
            touches("next")
            return [here, (await kept()).map(({ ready, said }) => [ready, said.learning])]
        }""",
    )
    assert refused == [["over", cannot, True, False, "learning"], [[False, "Un mot"]]]
    assert alone.wire.asked == [one for one in alone.wire.asked if f"{one.method} {one.path}" != SENT]
    page.evaluate("() => { document.querySelector('draft-sender').send({ all: true }) }")
    page.wait_for_url("**/evidence/5")


def test_what_she_goes_on_with_in_another_window_is_here_when_she_comes_back(alone: Alone) -> None:
    page = opens(alone)
    writes = """
        const writes = async (said) => {
            const [draft] = await kept()
            await store.save({ ...draft, at: draft.at + 1, said: { ...draft.said, ...said } })
        }
    """
    here = asks(
        page,
        f"""async () => {{
            {writes}
            one("[data-situation=work]").click()
            await writes({{ facts: "Ailleurs" }})
            one("[data-question=me]").value = "vieux"
            seen()
            await until(() => one("[data-question=facts]").value)
            const first = [one("[data-question=facts]").value, one("[data-question=me]").value, step(), rows()]
            touches("over")
            await writes({{ me: "Aussi" }})
            seen()
            await until(() => one("[data-question=me]").value)
            return [first, rows().map(([, said]) => said)]
        }}""",
    )
    assert here == [["Ailleurs", "", "facts", []], ["Au travail", "Ailleurs", "Aussi"]]

    alone.answers[SENT] = None
    over = asks(
        page,
        f"""async () => {{
            {writes}
            touches("done")
            await until(() => status().includes("coupé"))
            await navigator.locks.request("drafts", () => {{}})
            await writes({{ me: "Encore" }})
            seen()
            await kept()
            await kept()
            return [one("[data-question=me]").value, back(), left]
        }}""",
    )
    assert over == ["Aussi", True, True], "it was told to the end here"
