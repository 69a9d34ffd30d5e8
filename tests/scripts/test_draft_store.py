"""What a phone keeps of somebody's drafts (draft-store.js), asked directly: sealed, for one holder, as long as it is theirs."""

import pytest

from tests.fixtures.page_alone import KEY, Alone, Answer
from tests.fixtures.screens_cards import MARIA
from tests.scripts.drafts import asks

pytestmark = pytest.mark.browser
DAY = 24 * 3_600_000
"""Milliseconds."""


def test_what_she_keeps_is_hers_alone_and_nobody_reads_it_in_the_phone(alone: Alone) -> None:
    alone.opens("welcome")

    hers, others, lying, key, fresh = asks(
        alone,
        """async () => {
            const mine = telling("Un client était en colère.")
            const voice = newFile(mine, new File(["la la la"], "voix.webm", { type: "audio/webm" }), { question: "facts" })
            const isKept = await storeOf().save({ ...mine, files: [voice] }, [[voice.id, new Blob(["la la la"])]])
            const [[draft], [file], [{ key, ...about }]] = [await kept("drafts"), await kept("files"), await kept("keys", "keys")]
            const parts = { draft: Object.keys(draft).sort(), file: Object.keys(file).sort(), ivs: [draft.iv, file.iv].map(({ length }) => length) }
            const clear = [draft, file].map(({ sealed }) => new TextDecoder().decode(sealed)).join()
            const names = { ...parts, id: draft.id === mine.id, file: file.id === voice.id, within: file.id.startsWith(`${mine.id}/`) }
            return [
                [isKept, await storeOf().list(), await (await storeOf().file(voice)).text(), voice],
                [await storeOf("somebody else").list(), await storeOf("somebody else").count()],
                { clear, ...names },
                { ...about, type: key.type, extractable: key.extractable, usages: key.usages },
                newDraft({ evidence: 3 }),
            ]
        }""",
    )

    is_kept, (draft,), heard, voice = hers
    assert is_kept is True
    assert draft["said"] == {"facts": "Un client était en colère."}
    assert draft["files"] == [voice]
    assert {name: voice[name] for name in ("name", "type", "size", "question")} == {
        "name": "voix.webm",
        "type": "audio/webm",
        "size": 8,
        "question": "facts",
    }
    assert heard == "la la la"
    assert others == [[], 0]
    assert "client" not in lying["clear"]
    assert "la la" not in lying["clear"]
    assert lying["draft"] == ["at", "id", "iv", "of", "ready", "sealed"]
    assert lying["ivs"] == [12, 12]
    assert lying["id"]
    assert lying["file"]
    assert lying["within"]
    usages = ["encrypt", "decrypt"]
    assert key == {"id": "drafts", "of": MARIA.mark, "type": "secret", "extractable": False, "usages": usages}
    assert len(fresh.pop("id")) == 32
    assert fresh == {"evidence": 3, "after": 0, "said": {}, "files": []}


def test_a_file_goes_empty_where_its_bytes_are_lost_and_what_lies_under_another_name_is_opened_by_nobody(
    alone: Alone,
) -> None:
    alone.opens("welcome")

    sizes, texts = asks(
        alone,
        """async () => {
            const sizes = []
            for (const spoils of [
                (at) => at.clear(),
                (at) => at.openCursor().onsuccess = ({ target: { result } }) => result.update({ ...result.value, sealed: new Uint8Array(40).buffer }),
            ]) {
                const draft = telling("Avec une photo.")
                const photo = newFile(draft, new File(["photo"], "a.jpg", { type: "image/jpeg" }))
                await storeOf().save(draft, [[photo.id, new Blob(["photo"])]])
                await new Promise((done) => within("drafts", "files", (at) => spoils(at) ?? at.count()).then(done))
                const file = await storeOf().file(photo)
                sizes.push([file.size, file.name, file.type])
                await storeOf().remove(draft)
            }
            await storeOf().save(telling("Le premier."))
            await storeOf().save(telling("Le deuxième."))
            const [one, other] = await kept("drafts")
            await within("drafts", "drafts", (at) => at.put({ ...one, iv: other.iv, sealed: other.sealed }))
            return [sizes, (await factsOf(storeOf())).length]
        }""",
    )

    assert sizes == [[0, "a.jpg", "image/jpeg"]] * 2
    assert texts == 1, "the other one is listed all the same"


def test_the_key_is_asked_for_once_and_nobody_gets_that_of_another(alone: Alone) -> None:
    alone.opens("welcome")

    def asked() -> int:
        return len([one for one in alone.wire.asked if one.path == "/drafts/key"])

    before = asked()
    assert asks(
        alone,
        "async () => { const one = storeOf(); await one.key(); await one.key(); return !!(await storeOf().key()) }",
    )
    assert asked() == before + 1, "it is kept in the phone"
    assert alone.wire.asked_for("GET /drafts/key")[-1].headers["Accept"] == "application/json"
    alone.context.set_offline(True)
    assert asks(alone, "async () => await storeOf().save(telling('Dans le tunnel.'))")
    alone.context.set_offline(False)

    # of whoever comes next, on the same phone
    alone.answers["GET /drafts/key"] = Answer(json=KEY | {"of": "Kevin"})
    kept = asks(
        alone,
        """async () => {
            const kevins = storeOf("Kevin")
            const isKept = await kevins.save(telling("À moi."))
            return [isKept, await factsOf(kevins), (await kept("keys", "keys")).map(({ of }) => of)]
        }""",
    )
    assert kept == [True, ["À moi."], ["Kevin"]]
    # hers again, with a server that gives the key of somebody else, none, or leads elsewhere
    for answer in (
        Answer(json=KEY | {"of": "Kevin"}),
        Answer(401, json=KEY),
        Answer(303, headers={"Location": "/key"}),
    ):
        alone.answers.update({"GET /drafts/key": answer, "GET /key": Answer(json=KEY)})
        given = asks(
            alone,
            """async () => [
                await storeOf().save(telling("Sans clé.")),
                await storeOf().list().catch(() => []),
                (await kept("drafts")).length,
                (await kept("keys", "keys")).length,
            ]""",
        )
        assert given == [False, [], 2, 0], answer


def test_they_are_kept_in_their_order_each_later_than_it_was_and_the_phone_is_asked_once_not_to_throw_them_away(
    alone: Alone,
) -> None:
    alone.opens("welcome")

    later, texts, changes, asked, failed, after = asks(
        alone,
        """async () => {
            let asked = 0
            navigator.storage.persist = async () => asked++ && Promise.reject()
            Date.now = () => 1_800_000_000_000
            const mine = storeOf()
            const draft = telling("Un")
            mine.save(draft)
            const first = draft.at
            draft.said.facts = "Un, deux"
            draft.ready = true
            await mine.save(draft)
            const [{ ready, at }] = await kept("drafts")
            const later = [at, draft.at - first, ready, first]
            await mine.save(telling("Trois"))
            Date.now = () => 1_700_000_000_000
            await mine.save(telling("Avant"))
            const texts = await factsOf(mine)
            const before = changes.length
            const puts = IDBObjectStore.prototype.put
            IDBObjectStore.prototype.put = function (one) {
                const asked = puts.call(this, one)
                if ("sealed" in one) this.transaction.abort()
                return asked
            }
            const failed = await mine.save(telling("La mémoire est pleine."))
            IDBObjectStore.prototype.put = puts
            const after = [await mine.save(telling("Et là ?")), changes.length - before]
            const old = await new Promise((done) => {
                const gone = indexedDB.deleteDatabase("drafts")
                gone.onblocked = () => done("blocked")
                gone.onsuccess = () => done("gone")
            })
            return [later, texts, before, asked, failed, [...after, old]]
        }""",
    )

    assert later == [1_800_000_000_001, 1, True, 1_800_000_000_000]
    assert texts == ["Avant", "Trois", "Un, deux"]
    assert changes == 4
    assert asked == 1
    assert failed is False
    assert after == [True, 1, "gone"], "what failed holds up nothing after it, and no line to the store stays open"


def test_what_is_a_month_old_is_thrown_away_whoevers_it_is_but_never_what_she_finished(alone: Alone) -> None:
    alone.opens("welcome")
    left = """async ([now, drafts]) => {
        Date.now = () => now
        const mine = storeOf()
        await mine.save(telling("Aujourd’hui"))
        const [whole] = await kept("drafts")
        await within("drafts", "files", (at) => at.put({ id: "old/1" }))
        for (const one of drafts) await within("drafts", "drafts", (at) => at.put({ ...whole, ...one }))
        const listed = (await mine.sealed()).map(({ id }) => id)
        const there = (await kept("drafts")).map(({ id }) => id)
        const files = (await kept("files")).length
        for (const one of there) await within("drafts", "drafts", (at) => at.delete(one))
        return [listed.filter((id) => id !== whole.id).sort(), there.filter((id) => id !== whole.id).sort(), files]
    }"""
    now = 1_800_000_000_000
    month = now - 30 * DAY
    drafts = [
        {"id": "old", "at": month - 1},
        {"id": "kept", "at": month},
        {"id": "finished", "at": month - 1, "ready": True},
        {"id": "refused", "at": month - 1, "ready": True, "refused": True},
        {"id": "other", "at": month, "of": "Kevin"},
        {"id": "old other", "at": month - 1, "of": "Kevin", "ready": True},
    ]

    assert asks(alone, left, [now, drafts]) == [["finished", "kept"], ["finished", "kept", "other"], 0]
    # a clock that says less than the day when this was written is wrong, and nothing is old by it
    first_day = 1_767_225_600_000
    wrong = [{"id": "wrong", "at": first_day}, {"id": "right", "at": first_day + 1}]
    assert asks(alone, left, [now, wrong])[1] == ["wrong"]


def test_what_was_written_on_meanwhile_is_not_thrown_away_and_of_what_is_all_goes(alone: Alone) -> None:
    alone.opens("welcome")

    stays, gone, nothing = asks(
        alone,
        """async () => {
            const mine = storeOf()
            const draft = telling("Un")
            const file = newFile(draft, new Blob(["photo"]))
            await mine.save(draft, [[file.id, new Blob(["photo"])]])
            const neighbour = telling("Voisine")
            const other = newFile(neighbour, new Blob(["photo"]))
            await mine.save(neighbour, [[other.id, new Blob(["photo"])]])
            const sent = { ...draft }
            draft.said.facts = "Un, deux"
            mine.save(draft) // on its way while the first is thrown away
            await mine.remove(sent)
            const stays = [(await factsOf(mine)).sort(), (await kept("files")).length]
            changes.length = 0
            await mine.remove(draft)
            const gone = [await factsOf(mine), (await kept("files")).map(({ id }) => id === other.id), changes.length]
            await mine.remove(draft)
            return [stays, gone, changes.length]
        }""",
    )

    assert stays == [["Un, deux", "Voisine"], 2]
    assert gone == [["Voisine"], [True], 1]
    assert nothing == 2


def test_what_is_noted_beside_a_draft_is_gone_with_the_next_word_and_on_leaving_nothing_of_hers_stays(
    alone: Alone,
) -> None:
    alone.opens("welcome")

    noted, left, again = asks(
        alone,
        """async () => {
            const mine = storeOf()
            const draft = telling("Un")
            await mine.save(draft)
            await mine.note({ ...draft, at: draft.at - 1 }, { tried: 1 })
            const before = (await mine.noted(draft)).tried
            await mine.note(draft, { tried: 2 })
            const is = (await mine.noted(draft)).tried
            const named = await factsOf(mine)
            await mine.save(draft)
            const noted = [before ?? null, is, named, (await mine.noted(draft)).tried ?? null, (await mine.noted({ id: "gone" })) ?? null]
            await mine.note({ id: "gone", at: 1 }, { tried: 1 })
            await within("drafts", "drafts", (at) => at.put({ id: "of another", of: "Kevin", at: Date.now() }))
            await mine.forget()
            const left = [await kept("drafts"), await kept("keys", "keys")].map((all) => all.map(({ id }) => id))
            return [noted, left, (await mine.key()) !== undefined]
        }""",
    )

    assert noted == [None, 2, ["Un"], None, None]
    assert left == [["of another"], []]
    assert again
    alone.wire.asked_for("GET /drafts/key", 2)


def test_a_store_that_says_nothing_or_refuses_holds_up_nobody(alone: Alone) -> None:
    alone.page.clock.install()
    alone.opens("welcome")
    alone.page.clock.pause_at("2100-01-01")

    asks(
        alone,
        """() => {
            window.told = []
            const never = new Promise(() => {})
            ifAny(never).then((all) => told.push(["silence", all]))
            ifAny(never, 9000).then((all) => told.push(["long", all]))
            ifAny(Promise.reject(new Error("full"))).then((all) => told.push(["refuses", all]))
            ifAny(Promise.resolve(3)).then((all) => told.push(["answers", all]))
        }""",
    )
    told = "() => told"
    alone.page.clock.run_for(5999)
    assert alone.page.evaluate(told) == [["refuses", False], ["answers", 3]]
    alone.page.clock.run_for(1)
    assert alone.page.evaluate(told)[2:] == [["silence", False]]
    alone.page.clock.run_for(2999)
    assert len(alone.page.evaluate(told)) == 3
    alone.page.clock.run_for(1)
    assert alone.page.evaluate(told)[3:] == [["long", False]]
    alone.page.evaluate(
        "() => new Promise((done) => Object.assign(indexedDB.open('drafts', 2), { onsuccess: done, onblocked: done }))"
    )
    assert (
        asks(alone, "async () => await storeOf().save(telling('Une version que ce script ne connaît pas.'))") is False
    )
