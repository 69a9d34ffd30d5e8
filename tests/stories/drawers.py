"""What a phone keeps of drafts, read by whoever opens it with the tools of a browser."""

from playwright.sync_api import Page

from tests.stories.without_internet import comes

DUMP = """async () => {
    const text = [], seen = [];
    const words = async (value) => {
        if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) text.push(new TextDecoder("latin1").decode(value));
        else if (value instanceof Blob) await words(await value.arrayBuffer());
        else if (value instanceof CryptoKey) text.push(String(value.extractable));
        else if (value && typeof value === "object") for (const [name, one] of Object.entries(value)) { text.push(name); await words(one); }
        else text.push(String(value));
    };
    for (const { name } of await indexedDB.databases()) {
        const base = await new Promise((done) => { const asked = indexedDB.open(name); asked.onsuccess = () => done(asked.result); });
        for (const store of base.objectStoreNames) {
            const all = await new Promise((done) => { const asked = base.transaction(store).objectStore(store).getAll(); asked.onsuccess = () => done(asked.result); });
            for (const one of all) { seen.push(`${name}/${store}`); await words(one); }
        }
        base.close();
    }
    await words({ ...localStorage }); await words({ ...sessionStorage });
    for (const name of await caches.keys()) for (const kept of await (await caches.open(name)).keys())
        await words(await (await caches.match(kept)).arrayBuffer());
    return { seen, text: text.join("\\n") };
}"""
"""All that lies in databases, caches and boxes, as one text, and which stores have something."""
OPENS = """async () => {
    const all = (name, store) => new Promise((done) => {
        const asked = indexedDB.open(name);
        asked.onsuccess = () => { const got = asked.result.transaction(store).objectStore(store).getAll();
            got.onsuccess = () => { asked.result.close(); done(got.result); }; };
    });
    const [kept] = await all("keys", "keys"), opened = [];
    for (const one of await all("drafts", "drafts")) {
        const how = { name: "AES-GCM", iv: one.iv, additionalData: new TextEncoder().encode(one.id) };
        await crypto.subtle.decrypt(how, kept.key, one.sealed).then(() => opened.push(one.of), () => {});
    }
    return opened;
}"""
"""Whose drafts the key that lies there opens."""
EXPORTS = """async () => {
    const base = await new Promise((done) => { const asked = indexedDB.open("keys"); asked.onsuccess = () => done(asked.result); });
    const kept = await new Promise((done) => { const asked = base.transaction("keys").objectStore("keys").getAll(); asked.onsuccess = () => done(asked.result); });
    base.close();
    return crypto.subtle.exportKey("raw", kept[0].key).then(() => "told", (problem) => problem.name);
}"""
"""Whether that key can be read."""
AGES = """async (milliseconds) => {
    const base = await new Promise((done) => { const asked = indexedDB.open("drafts"); asked.onsuccess = () => done(asked.result); });
    const turn = base.transaction("drafts", "readwrite"), store = turn.objectStore("drafts");
    store.getAll().onsuccess = ({ target }) => target.result.forEach((one) => store.put({ ...one, at: one.at - milliseconds }));
    await new Promise((done) => { turn.oncomplete = done; });
    base.close();
}"""
"""The drafts were kept so many milliseconds earlier."""
KEEPS = """async (text) => {
  const sender = document.querySelector("draft-sender")
  const drafts = await (sender.store ? sender.store.list() : sender.mine())
  return drafts.some(({ said }) => Object.values(said).includes(text))
}"""
"""Whether a text is among what the person of this page told; `mine` is what release_before/ calls it."""


def comes_to_be_kept(page: Page, text: str) -> None:
    """Returns when the phone has kept *text*, which no page says while somebody is typing."""
    comes(lambda: page.evaluate(KEEPS, text))
