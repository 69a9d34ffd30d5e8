/* Drafts that this phone keeps while nothing can be sent. Each is sealed (AES-GCM) under a key that the server gives to
   its holder alone; of a draft of somebody else nothing is opened, shown or counted here. What is finished is sent when a
   page opens, and when the network comes back: the name under which it goes is made of all that is in it, so that the
   server takes it once, however often it comes (drafts.py). */
const LASTS = 30 * 24 * 3_600_000
const PATIENCE = 30_000
const LONG_PATIENCE = 900_000 // milliseconds for a draft with photos or a voice: as long as the server waits
const SELDOM = 300_000 // milliseconds between two times that such a draft is sent by itself
const AT_ONCE = 3000 // milliseconds within which nothing heavy has gone anywhere
const SANE = Date.UTC(2026, 0, 1) // a clock that says less is wrong, and nothing is old by it
const HALTS = (status) => [0, 401, 409, 429].includes(status) || status >= 500 // the next one would fare no better
const SOON = 10_000 // milliseconds until it is tried again, as long as the page is open
const FAULTS = 3 // times that it is tried again because of this phone, whose store now and then gives no answer (WebKit)
const STORES = { keys: ["keys"], drafts: ["drafts", "files"] }

const bytes = (text) => new TextEncoder().encode(text)
const hex = (some) => [...new Uint8Array(some)].map((one) => one.toString(16).padStart(2, "0")).join("")

const opened = (name) =>
  new Promise((done, not) => {
    const asked = indexedDB.open(name, 1)
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
  const base = await opened(name)
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

function show(where, name) {
  const message = name && where.querySelector(`[data-message="${name}"]`).content.cloneNode(true)
  where.querySelector("[role=status]").replaceChildren(...(message ? [message] : []))
}

class DraftSender extends HTMLElement {
  connectedCallback() {
    this.of = this.dataset.of
    this.turn = Promise.resolve()
    this.faults = 0
    addEventListener("online", () => this.send({ now: true }))
    addEventListener("pageshow", (event) => event.persisted && this.send())
    this.ready = this.key().catch(() => null)
    this.ready.then(() => this.send())
    if (this.dataset.joins !== undefined) document.addEventListener("submit", (event) => this.hold(event))
  }

  fresh(what) {
    return { id: hex(crypto.getRandomValues(new Uint8Array(16))), evidence: 0, after: 0, said: {}, files: [], ...what }
  }

  /* The holder's key; undefined where nobody gives it. It is kept where scripts cannot read it, for a page without network. That of whoever was here before goes. */
  async key() {
    if (this.known) return this.known
    const kept = await within("keys", "readonly", (at) => at("keys").get("drafts"))
    if (kept && kept.of !== this.of) await within("keys", "readwrite", (at) => at("keys").clear())
    return (this.known = kept && kept.of === this.of ? kept.key : await this.ask())
  }

  async ask() {
    const answer = await fetch(this.dataset.key, { headers: { Accept: "application/json" }, redirect: "error" })
    if (!answer.ok) return undefined
    const told = await answer.json()
    if (told.of !== this.of) return undefined // somebody else has signed in meanwhile
    const raw = Uint8Array.from(atob(told.key), (letter) => letter.charCodeAt(0))
    const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"])
    await within("keys", "readwrite", (at) => at("keys").put({ id: "drafts", of: told.of, key }))
    return key
  }

  /* Keep *draft*, and *added* files as [name, blob], a name being that of the draft, a stroke and its own; whether it is kept. One after the other, as they were written. */
  keep(draft, added = []) {
    draft.at = Math.max(Date.now(), (draft.at || 0) + 1)
    const content = bytes(JSON.stringify(draft))
    const { id, at, ready } = draft
    this.turn = this.turn.then(() => this.write({ id, at, ready: !!ready }, content, added)).catch(() => false)
    return this.turn
  }

  async write(what, content, added) {
    const key = await this.key()
    if (!key) return false
    const { of } = this
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
    this.tell("changed")
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
    const old = all.filter((one) => this.isOld(one))
    for (const one of old) await this.drop(one)
    return all.filter((one) => one.of === this.of && !old.includes(one))
  }

  /* What its holder finished, and the server has not refused, is thrown away by nobody but them. */
  isOld({ of, at, ready, refused }) {
    return at > SANE && at < Date.now() - LASTS && !(ready && !refused && of === this.of)
  }

  async mine() {
    const found = await this.sealed()
    const key = found.length && (await this.key())
    if (!key) return []
    const opening = found.map((one) => unseal(key, one).then((raw) => JSON.parse(new TextDecoder().decode(raw))))
    const drafts = (await Promise.allSettled(opening)).filter((one) => one.value).map((one) => one.value)
    return drafts.sort((one, other) => one.at - other.at)
  }

  /* A file whose bytes are gone goes as an empty one: the rest goes too, and the server tells which one is missing. */
  async file({ id, name, type }) {
    const [key, kept] = [await this.key(), await within("drafts", "readonly", (at) => at("files").get(id))]
    const raw = kept && (await unseal(key, kept).catch(() => undefined))
    return new File(raw ? [raw] : [], name, { type })
  }

  /* Throw a draft away, unless it was written on since it was like this. */
  async drop({ id, at }) {
    await this.turn
    await within("drafts", "readwrite", (store) => {
      const there = store("drafts").get(id)
      there.onsuccess = () => {
        if (!there.result || there.result.at > at) return
        store("drafts").delete(id)
        store("files").delete(IDBKeyRange.bound(`${id}/`, `${id}/~`))
      }
    })
    this.tell("changed")
  }

  /* Send what is finished, or *all*, one page at a time; what is heavy not at each page, unless somebody asks for it *now*. */
  send({ all = false, now = all } = {}) {
    const act = () => this.sendEach(all, now).catch(() => this.faults++ < FAULTS && this.again())
    return navigator.locks ? navigator.locks.request("drafts", act) : act()
  }

  /* A network that is said to be back is often not quite there; nor is a server that broke. */
  again() {
    clearTimeout(this.later)
    this.later = setTimeout(() => this.send(), SOON)
  }

  async sendEach(all, now) {
    for (const draft of await this.mine()) {
      if (!all && !draft.ready) continue
      if (draft.files.length && !now && (await this.isTried(draft))) continue
      const { status, told } = await this.attempt(draft)
      if (status === 200) {
        await this.drop(draft)
        const is = { id: draft.id, at: told.at, some: told.refused > 0, unsaid: told.unsaid > 0, draft }
        if (this.tell("sent", is)) this.say(is.some ? "some" : is.unsaid ? "unsaid" : "sent", told.at)
      } else {
        this.tell("unsent", { id: draft.id, status })
        if (!status || status >= 500) this.again()
        if (HALTS(status)) break
      }
    }
  }

  /* A page that closes meanwhile leaves word that it was tried. */
  async attempt(draft) {
    if (draft.files.length) await this.note(draft, { tried: Date.now() })
    const answer = await this.post(draft).catch(() => ({ status: -1, told: {} })) // this phone does not give it
    const { status, took } = answer
    if (status >= 400 && !HALTS(status)) await this.note(draft, { refused: true })
    if (status === 401 || status === 409 || (!status && took < AT_ONCE)) await this.note(draft, { tried: 0 })
    return answer
  }

  async isTried({ id }) {
    const kept = await within("drafts", "readonly", (at) => at("drafts").get(id))
    return Math.abs(Date.now() - ((kept && kept.tried) || 0)) < SELDOM
  }

  /* Beside what is sealed, whose name in the server's eyes it does not change; gone with the next word. */
  note({ id, at }, what) {
    return within("drafts", "readwrite", (store) => {
      const there = store("drafts").get(id)
      there.onsuccess = () => there.result && there.result.at === at && store("drafts").put({ ...there.result, ...what })
    })
  }

  async left() {
    return (await this.sealed()).length
  }

  async post(draft) {
    const body = new FormData()
    const name = await crypto.subtle.digest("SHA-256", bytes(JSON.stringify(draft)))
    const told = { of: this.of, draft: draft.id, key: hex(name).slice(0, 32), evidence: draft.evidence, after: draft.after }
    for (const [field, value] of Object.entries({ ...told, ...draft.said })) body.append(field, value)
    if (draft.badge) body.append("badge", draft.badge)
    for (const file of draft.files) body.append("files", await this.file(file))
    const patience = new AbortController()
    const late = setTimeout(() => patience.abort(), draft.files.length ? LONG_PATIENCE : PATIENCE)
    const began = Date.now() // to read and open photos takes a slow phone seconds
    try {
      const to = { method: "POST", body, signal: patience.signal, headers: { Accept: "application/json" } }
      const answer = await fetch(this.dataset.to, to)
      return { status: answer.status, told: answer.ok ? await answer.json() : {} }
    } catch {
      return { status: 0, told: {}, took: Date.now() - began }
    } finally {
      clearTimeout(late)
    }
  }

  /* Before a visitor enters a wallet, which all that they told is to join, finished or not: it is sent first. Where it does
     not go they are told so; when they touch once more they enter without it. */
  async settles() {
    const left = () => this.left().catch(() => 0) // where nothing can be kept, nothing is lost
    if (!(await left())) return true
    show(this, "sending")
    await Promise.race([this.send({ all: true }), new Promise((done) => setTimeout(done, PATIENCE))])
    const isSettled = this.warned || !(await left())
    this.warned = true
    show(this, isSettled ? "" : "waits")
    if (!isSettled) this.scrollIntoView({ block: "center" })
    return isSettled
  }

  async hold(event) {
    if (this.let || !event.target.closest("main")) return // another language is no way in
    event.preventDefault()
    const { target, submitter } = event
    this.let = await this.settles()
    if (this.let) target.requestSubmit(submitter)
  }

  /* Whether the server answers at all: what a browser says of its network is not to be trusted. */
  async reaches() {
    return fetch(this.dataset.key, { method: "HEAD", cache: "no-store", redirect: "manual" }).then(
      () => true,
      () => false,
    )
  }

  /* On leaving: neither a draft nor the key stays. */
  async forget() {
    for (const one of await this.sealed()) await this.drop(one)
    this.known = undefined
    await within("keys", "readwrite", (at) => at("keys").clear())
  }

  /* False where a page says it itself. */
  tell(name, detail) {
    return document.dispatchEvent(new CustomEvent(`draft-${name}`, { cancelable: true, detail }))
  }

  say(name, at) {
    const message = this.querySelector(`[data-message=${name}]`).content.cloneNode(true)
    message.querySelector("a").href = at
    this.querySelector("[role=status]").replaceChildren(message)
  }
}

/* The list of what this phone keeps, where a person looks for it. */
class UnsentDrafts extends HTMLElement {
  connectedCallback() {
    this.sender = document.querySelector("draft-sender")
    if (!this.sender) return
    document.addEventListener("draft-changed", () => this.draw())
    document.addEventListener("draft-unsent", ({ detail }) => this.asked && this.say(detail.status))
    this.querySelector("[data-act=send]").addEventListener("click", () => this.send())
    this.draw()
  }

  async send() {
    this.asked = true
    await this.sender.send({ now: true })
    this.asked = false
  }

  async draw() {
    const mine = (await this.sender.mine().catch(() => [])).filter(({ id }) => id !== location.hash.slice(1))
    this.hidden = !mine.length
    this.querySelector("[data-act=send]").hidden = !mine.some((draft) => draft.ready)
    this.querySelector("ul").replaceChildren(...mine.reverse().map((draft) => this.row(draft)))
  }

  row(draft) {
    const row = this.querySelector("template[data-row]").content.cloneNode(true)
    const { situation, place, ...words } = draft.said
    const said = row.querySelector(".said")
    said.textContent = Object.values(words).find((text) => text) || (draft.files.length ? said.dataset.voice : said.dataset.nothing)
    for (const one of row.querySelectorAll("[data-when]")) one.hidden = (one.dataset.when === "ready") !== !!draft.ready
    const { draft: page, moments } = this.dataset
    row.querySelector("a").href = draft.evidence ? `${moments}/${draft.evidence}/answers/${draft.question || "facts"}` : `${page}#${draft.id}`
    row.querySelector("[data-act=drop]").addEventListener("click", () => this.sender.drop(draft))
    return row
  }

  say(status) {
    const why = { 401: "signed-out", 413: "full" }
    const message = this.querySelector(`[data-message=${why[status] || "offline"}]`)
    this.querySelector("[role=status]").replaceChildren(message.content.cloneNode(true))
  }
}

/* Whoever signs out sends first what is not sent, finished or not; where that cannot be done, they are asked. */
class LeavingDoor extends HTMLElement {
  connectedCallback() {
    this.sender = document.querySelector("draft-sender")
    this.form = this.querySelector("form")
    if (this.sender) this.form.addEventListener("submit", (event) => this.leave(event))
    this.at("stay").addEventListener("click", () => this.stay())
    this.at("leave").addEventListener("click", () => this.lose())
  }

  at(act) {
    return this.querySelector(`[data-act=${act}]`)
  }

  async leave(event) {
    event.preventDefault()
    try {
      if (await this.sender.left()) {
        this.say("sending")
        await Promise.race([this.sender.send({ all: true }), new Promise((done) => setTimeout(done, PATIENCE))])
      }
      if (!(await this.sender.left())) return this.go()
    } catch {
      return this.form.submit() // where nothing can be kept, nothing is lost
    }
    this.say("")
    this.ask(true)
  }

  ask(now) {
    const question = this.querySelector("[data-question]")
    question.hidden = !now
    this.form.hidden = now
    ;(now ? question : this.form.querySelector("button")).focus()
  }

  stay() {
    this.say("")
    this.ask(false)
  }

  async lose() {
    if (await this.sender.reaches()) return this.go()
    this.say("offline")
  }

  async go() {
    await this.sender.forget().catch(() => {})
    this.form.submit()
  }

  say(name) {
    show(this, name)
  }
}

customElements.define("draft-sender", DraftSender)
customElements.define("unsent-drafts", UnsentDrafts)
customElements.define("leaving-door", LeavingDoor)
