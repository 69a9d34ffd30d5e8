/* The drafts that this phone keeps, of one holder. Each is sealed (AES-GCM) under a key that the server gives to its
   holder alone; of a draft of somebody else nothing is opened, shown or counted here. Installed phones hold what this file
   once wrote: the names of the databases, their version, and what is sealed with what, stay. */
import { bytes, fromBase64, randomName, text } from "./encoding.js"

const LASTS = 30 * 24 * 3_600_000
const SANE = Date.UTC(2026, 0, 1) // a clock that says less is wrong, and nothing is old by it
const SILENCE = 6000 // ms after which a store that does not answer holds up nobody
const VERSION = 1
const STORES = { keys: ["keys"], drafts: ["drafts", "files"] }

/* What the store says to *asked*; false where it refuses, or says nothing. */
export const ifAny = (asked, patience = SILENCE) =>
  Promise.race([asked, new Promise((done) => setTimeout(() => done(false), patience))]).catch(() => false)

const open = (name) =>
  new Promise((done, not) => {
    const asked = indexedDB.open(name, VERSION)
    asked.onupgradeneeded = () => {
      for (const store of STORES[name]) asked.result.createObjectStore(store, { keyPath: "id" })
    }
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close() // whoever purges need not wait for us
      done(asked.result)
    }
    asked.onerror = () => not(asked.error)
    asked.onblocked = () => not(new Error("blocked"))
  })

/* What *act* asks for last, once all that it did is kept. */
async function within(name, mode, act) {
  const base = await open(name)
  try {
    const turn = base.transaction(STORES[name], mode)
    const asked = act((store) => turn.objectStore(store))
    await new Promise((done, not) => {
      turn.oncomplete = done
      turn.onerror = turn.onabort = () => not(turn.error)
    })
    return asked && asked.result
  } finally {
    base.close()
  }
}

async function seal(key, id, content) {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  return { iv, sealed: await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bytes(id) }, key, content) }
}

const unseal = (key, { id, iv, sealed }) =>
  crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: bytes(id) }, key, sealed)

export const newDraft = (what) => ({ id: randomName(), evidence: 0, after: 0, said: {}, files: [], ...what })

/* A *blob* as a file of *draft*, by whose name it is found again; *about* may tell which question it answers, and *instead*
   of which voice. */
export const newFile = (draft, { name, type, size }, about) => ({ id: `${draft.id}/${randomName()}`, name, type, size, ...about })

export class DraftStore {
  /* *holder* is the mark of whose drafts they are, *keyAddress* where their key is given; *changed* is called after each change. */
  constructor(holder, keyAddress, changed) {
    Object.assign(this, { holder, keyAddress, changed })
    this.written = Promise.resolve()
  }

  /* The holder's key; undefined where nobody gives it. It is kept where scripts cannot read it, for a page without network. That of whoever was here before goes. */
  async key() {
    if (this.known) return this.known
    const kept = await within("keys", "readonly", (at) => at("keys").get("drafts"))
    if (kept && kept.of !== this.holder) await within("keys", "readwrite", (at) => at("keys").clear())
    return (this.known = kept && kept.of === this.holder ? kept.key : await this.fetchKey())
  }

  async fetchKey() {
    const answer = await fetch(this.keyAddress, { headers: { Accept: "application/json" }, redirect: "error" })
    if (!answer.ok) return undefined
    const given = await answer.json()
    if (given.of !== this.holder) return undefined // somebody else has signed in meanwhile
    const key = await crypto.subtle.importKey("raw", fromBase64(given.key), "AES-GCM", false, ["encrypt", "decrypt"])
    await within("keys", "readwrite", (at) => at("keys").put({ id: "drafts", of: given.of, key }))
    return key
  }

  /* Keep *draft*, and *added* files as [name, blob], a name being that of the draft, a stroke and its own; whether it is kept. One after the other, as they were written. */
  save(draft, added = []) {
    draft.at = Math.max(Date.now(), (draft.at || 0) + 1)
    const content = bytes(JSON.stringify(draft))
    const { id, at, ready } = draft
    this.written = this.written.then(() => this.write({ id, at, ready: !!ready }, content, added)).catch(() => false)
    return this.written
  }

  async write(what, content, added) {
    const key = await this.key()
    if (!key) return false
    const of = this.holder
    const draft = { ...what, of, ...(await seal(key, what.id, content)) }
    const files = []
    for (const [name, blob] of added) {
      files.push({ id: name, of, ...(await seal(key, name, await blob.arrayBuffer())) })
    }
    await within("drafts", "readwrite", (store) => {
      for (const file of files) store("files").put(file)
      store("drafts").put(draft)
    })
    this.persist()
    this.changed()
    return true
  }

  /* A phone that is full throws away what it was not asked to keep. It may say no. */
  persist() {
    if (!this.asked && navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {})
    this.asked = true
  }

  /* What is kept of this holder, opened or not, after what is too old was thrown away, whoever's it was. */
  async sealed() {
    const all = await within("drafts", "readonly", (at) => at("drafts").getAll())
    const old = all.filter((draft) => this.isOld(draft))
    for (const draft of old) await this.remove(draft)
    return all.filter((draft) => draft.of === this.holder && !old.includes(draft))
  }

  /* What its holder finished, and the server has not refused, is thrown away by nobody but them. */
  isOld({ of, at, ready, refused }) {
    return at > SANE && at < Date.now() - LASTS && !(ready && !refused && of === this.holder)
  }

  async count() {
    return (await this.sealed()).length
  }

  /* The holder's drafts, the oldest first. */
  async list() {
    const found = await this.sealed()
    const key = found.length && (await this.key())
    if (!key) return []
    const opening = found.map((draft) => unseal(key, draft).then((raw) => JSON.parse(text(raw))))
    const drafts = (await Promise.allSettled(opening)).filter(({ value }) => value).map(({ value }) => value)
    return drafts.sort((one, other) => one.at - other.at)
  }

  /* A file whose bytes are gone goes as an empty one: the rest goes too, and the server tells which one is missing. */
  async file({ id, name, type }) {
    const [key, kept] = [await this.key(), await within("drafts", "readonly", (at) => at("files").get(id))]
    const raw = kept && (await unseal(key, kept).catch(() => undefined))
    return new File(raw ? [raw] : [], name, { type })
  }

  /* Throw a draft away, unless it was written on since it was like this. */
  async remove({ id, at }) {
    await this.written
    await within("drafts", "readwrite", (store) => {
      const there = store("drafts").get(id)
      there.onsuccess = () => {
        if (!there.result || there.result.at > at) return
        store("drafts").delete(id)
        store("files").delete(IDBKeyRange.bound(`${id}/`, `${id}/~`))
      }
    })
    this.changed()
  }

  /* Beside what is sealed, whose name in the server's eyes it does not change; gone with the next word. */
  note({ id, at }, what) {
    return within("drafts", "readwrite", (store) => {
      const there = store("drafts").get(id)
      there.onsuccess = () => there.result && there.result.at === at && store("drafts").put({ ...there.result, ...what })
    })
  }

  /* What was noted of a draft, undefined where it is gone. */
  noted({ id }) {
    return within("drafts", "readonly", (at) => at("drafts").get(id))
  }

  /* On leaving: neither a draft nor the key stays. */
  async forget() {
    for (const draft of await this.sealed()) await this.remove(draft)
    this.known = undefined
    await within("keys", "readwrite", (at) => at("keys").clear())
  }
}
