/* What is told on a page is kept in this phone at each pause, sealed (draft-store.js): a killed tab, a reload, a session that
   ended and a network that is off lose none of it. This half keeps; what the page looks like, the elements that extend it
   know (evidence-form.js). */
import { ifAny, newFile } from "./draft-store.js"
import { showMessage } from "./status-message.js"

const PAUSE = 500
const LONG_SILENCE = 30_000 // ms that the store is waited for where it takes a voice or a photo, which a slow phone seals and writes for seconds
const MOST = 20 // files of a draft
const HEAVIEST = 30_000_000 // bytes of all files of a draft: the server takes forty million at once
const WHY = { 401: "signed-out", 409: "signed-out", 413: "full", 422: "cannot" }

export class EvidenceDraft extends HTMLElement {
  isKept = true // what was typed last

  async connectedCallback() {
    await customElements.whenDefined("draft-sender")
    this.sender = document.querySelector("draft-sender")
    if (!this.sender) return
    this.store = this.sender.store
    await this.waitForStore()
    const mine = (act) => (event) => this.draft && event.detail.id === this.draft.id && act(event)
    document.addEventListener("draft-sent", mine((event) => this.sent(event)))
    document.addEventListener("draft-unsent", mine((event) => this.waits(event.detail.status)))
    document.addEventListener("voice-so-far", (event) => this.draft && this.saveVoice(event.detail, questionOf(event.target)))
    addEventListener("visibilitychange", () => (document.hidden ? this.touched && this.save() : this.lookAgain()))
    this.begin()
  }

  waitForStore() {
    return this.sender.ready
  }

  drafts() {
    return this.store.list().catch(() => [])
  }

  /* Another window may have gone on with the same draft while nobody saw this one: what is kept next has that in it, too. */
  async lookAgain() {
    const isOurs = () => this.touched || !this.draft?.at || this.draft.files.some((file) => file.cut)
    if (isOurs()) return
    const found = (await this.drafts()).find(({ id, at }) => id === this.draft.id && at > this.draft.at)
    if (found && !isOurs()) this.goOnWith(whole(found))
  }

  typed() {
    this.touched = true
    this.draft.ready = false
    delete this.draft.unless
    clearTimeout(this.pause)
    this.pause = setTimeout(() => this.saveTyped(), PAUSE)
  }

  /* A phone that cannot keep what is typed says so once, and no longer when it can. */
  async saveTyped() {
    const isKept = (await this.save().catch(() => false)) !== false
    if (isKept !== this.isKept) this.say(isKept ? "" : "cannot")
    this.isKept = isKept
  }

  save(added) {
    clearTimeout(this.pause)
    this.touched = false
    return this.store.save(this.draft, added)
  }

  /* Keep *blob* with the draft; false where it is too much, or nothing can be kept. */
  async add(blob, about) {
    if (this.draft.files.length >= MOST) return this.say("many")
    const weight = this.draft.files.reduce((sum, file) => sum + file.size, blob.size)
    if (weight > HEAVIEST) return this.say("heavy")
    const file = newFile(this.draft, blob, about)
    this.draft.files.push(file)
    if (await ifAny(this.save([[file.id, blob]]), LONG_SILENCE)) return true
    this.draft.files = this.draft.files.filter((one) => one !== file)
    return this.say("cannot")
  }

  /* What somebody has said so far, in the place of what it was before; null where it is no good. */
  saveVoice(sound, about) {
    const before = this.draft.files.find((file) => file.cut)
    this.forgetCutVoice()
    this.draft.ready = !sound && this.isFinished
    if (!sound) return this.save([]).catch(() => {})
    this.claimVoice()
    const file = { ...newFile(this.draft, sound, about), cut: true }
    if (before) file.id = before.id
    this.draft.files.push(file)
    return this.save([[file.id, sound]]).catch(() => {})
  }

  /* Whether what is there goes without a further word: a voice that waits under a question does. */
  get isFinished() {
    return this.draft.files.length > 0
  }

  /* As long as this page lives, no other one sends what is being said here. */
  claimVoice() {
    if (this.claimed === this.draft.id || !navigator.locks) return
    this.claimed = this.draft.id
    navigator.locks.request(`voice ${this.draft.id}`, () => new Promise(() => {}))
  }

  /* The whole is there, or nothing is. */
  forgetCutVoice() {
    this.draft.files = this.draft.files.filter((file) => !file.cut)
  }

  say(name, at) {
    const status = showMessage(this, name, at)
    if (name) status.scrollIntoView({ block: "nearest" })
    return false
  }

  waits(status) {
    this.say(WHY[status] || (status > 0 ? "busy" : "offline"))
  }
}

/* Which question a *recorder* asks, where it asks one. */
export const questionOf = ({ dataset: { about } }) => (about ? { question: about } : undefined)

/* *draft* with what was said of a voice that was cut, as something whole. */
export const whole = (draft) => ({ ...draft, files: draft.files.map(({ cut, ...file }) => file) })
