/* Sends what this phone keeps (draft-store.js). What is finished is sent when a page opens, and when the network comes back:
   the name under which it goes is made of all that is in it, so that the server takes it once, however often it comes. */
import { DraftStore, ifAny } from "./draft-store.js"
import { bytes, hex } from "./encoding.js"
import { showMessage } from "./status-message.js"

const PATIENCE = 30_000
const LONG_PATIENCE = 900_000 // milliseconds for a draft with photos or a voice: as long as the server waits
const SELDOM = 300_000 // milliseconds between two times that such a draft is sent by itself
const AT_ONCE = 3000 // milliseconds within which nothing heavy has gone anywhere
const HALTS = (status) => [0, 401, 409, 429].includes(status) || status >= 500 // the next one would fare no better
const FULL = 413 // what finds no room now is not refused: it may go another day
const SOON = 10_000 // milliseconds until it is tried again, as long as the page is open
const SOONEST = 500 // the same after the network was said to be back and was not, twice as long each time
const FAULTS = 3 // times that it is tried again because of this phone, whose store now and then gives no answer (WebKit)

/* Once it was sent, refused or kept, or a time is over, whichever is first. */
export const sentAll = (sender) =>
  Promise.race([sender.send({ all: true }), new Promise((done) => setTimeout(done, PATIENCE))])

class DraftSender extends HTMLElement {
  connectedCallback() {
    this.store = new DraftStore(this.dataset.of, this.dataset.key, () => this.announce("changed"))
    this.faults = 0
    this.delay = SOON
    addEventListener("online", () => this.sendOnline())
    addEventListener("pageshow", (event) => event.persisted && this.send())
    this.ready = this.store.key().catch(() => null)
    this.ready.then(() => this.send())
    if (this.dataset.joins !== undefined) document.addEventListener("submit", (event) => this.sendBefore(event))
  }

  sendOnline() {
    this.delay = SOONEST
    return this.send({ now: true })
  }

  /* Send what is finished, or *all*, one page at a time; what is heavy not at each page, unless somebody asks for it *now*. */
  send({ all = false, now = all } = {}) {
    const act = () => this.sendEach(all, now).catch(() => this.faults++ < FAULTS && this.sendAgain(SOON))
    return navigator.locks ? navigator.locks.request("drafts", act) : act()
  }

  /* A network that is said to be back is often not quite there, and then soon is. */
  sendAgain(delay) {
    clearTimeout(this.later)
    this.later = setTimeout(() => this.send(), delay)
  }

  async sendEach(all, now) {
    for (const draft of await this.store.list()) {
      if (!all && !draft.ready) continue
      const noted = await this.store.noted(draft)
      if (!noted || noted.at > draft.at) continue // thrown away, or written on, while the one before it was on its way
      if (draft.files.length && !now && Math.abs(Date.now() - (noted.tried || 0)) < SELDOM) continue
      const { status, result } = await this.attempt(draft)
      if (status === 200) {
        await this.store.remove(draft)
        this.sent({ id: draft.id, at: result.at, some: result.refused > 0, unsaid: result.unsaid > 0, draft })
      } else {
        this.unsent({ id: draft.id, status })
        if (HALTS(status)) break
      }
    }
  }

  sent(detail) {
    const name = detail.some ? "some" : detail.unsaid ? "unsaid" : "sent"
    if (this.announce("sent", detail)) showMessage(this, name, detail.at)
  }

  unsent(detail) {
    this.announce("unsent", detail)
    if (detail.status >= 500) this.sendAgain(SOON)
    if (detail.status) return
    this.sendAgain(this.delay)
    this.delay = Math.min(2 * this.delay, SOON)
  }

  /* A page that closes meanwhile leaves word that it was tried. */
  async attempt(draft) {
    if (draft.files.length) await this.note(draft, { tried: Date.now() })
    const answer = await this.post(draft).catch(() => ({ status: -1, result: {} })) // this phone does not give it
    const { status, took } = answer
    if (status >= 400 && status !== FULL && !HALTS(status)) await this.note(draft, { refused: true })
    if (status === 401 || status === 409 || (!status && took < AT_ONCE)) await this.note(draft, { tried: 0 })
    return answer
  }

  /* A full phone notes nothing any more: what lies there is sent all the same. */
  note(draft, what) {
    return this.store.note(draft, what).catch(() => {})
  }

  async post(draft) {
    const body = new FormData()
    const name = await crypto.subtle.digest("SHA-256", bytes(JSON.stringify(draft)))
    const of = this.store.holder
    const fields = { of, draft: draft.id, key: hex(name).slice(0, 32), evidence: draft.evidence, after: draft.after }
    for (const [field, value] of Object.entries({ ...fields, ...draft.said })) body.append(field, value)
    if (draft.badge) body.append("badge", draft.badge)
    if (draft.unless) body.append("unless", draft.unless)
    for (const file of draft.files) {
      body.append("files", await this.store.file(file))
      body.append("about", file.question || "")
      body.append("instead", file.instead || 0)
    }
    const patience = new AbortController()
    const late = setTimeout(() => patience.abort(), draft.files.length ? LONG_PATIENCE : PATIENCE)
    const began = Date.now() // to read and open photos takes a slow phone seconds
    try {
      const to = { method: "POST", body, signal: patience.signal, headers: { Accept: "application/json" } }
      const answer = await fetch(this.dataset.to, to)
      return { status: answer.status, result: answer.ok ? await answer.json() : {} }
    } catch {
      return { status: 0, result: {}, took: Date.now() - began }
    } finally {
      clearTimeout(late)
    }
  }

  /* Before a visitor enters a wallet, which all that they told is to join, finished or not: it is sent first. Where it does
     not go they are told so; when they touch once more they enter without it. */
  async settles() {
    const count = () => ifAny(this.store.count()) // where nothing can be kept, nothing is lost
    if (!(await count())) return true
    showMessage(this, "sending")
    await sentAll(this)
    const isSettled = this.warned || (await count()) === 0 // a store that falls silent now still has what it had
    this.warned = true
    showMessage(this, isSettled ? "" : "waits")
    if (!isSettled) this.scrollIntoView({ block: "center" })
    return isSettled
  }

  async sendBefore(event) {
    const { target, submitter } = event
    if (this.isSettled || !(submitter || target).closest("main")) return // another language, in the foot, is no way in
    event.preventDefault()
    if (this.isSettling) return // touched twice before anything was said: no « without it »
    this.isSettling = true
    this.isSettled = await this.settles()
    this.isSettling = false
    if (!this.isSettled) return
    if (submitter) submitter.click() // Safari before 16 knows no requestSubmit, and before 15.4 no submitter
    else target.submit()
  }

  /* Whether the server answers at all: what a browser says of its network is not to be trusted. */
  async reaches() {
    return fetch(this.dataset.key, { method: "HEAD", cache: "no-store", redirect: "manual" }).then(
      () => true,
      () => false,
    )
  }

  /* False where a page says it itself. */
  announce(name, detail) {
    return document.dispatchEvent(new CustomEvent(`draft-${name}`, { cancelable: true, detail }))
  }
}

customElements.define("draft-sender", DraftSender)
