/* What is told, on the page of one question and on the one that needs nobody to answer it; evidence-draft.js keeps it. */
import { ifAny, newDraft } from "./draft-store.js"
import { randomName } from "./encoding.js"
import { EvidenceDraft, questionOf, whole } from "./evidence-draft.js"

const PATIENCE = 20_000
const DRAFT = /^[0-9a-f]{32}$/ // how a draft is named in an address

/* Not come back to: what stands in a box that the server left empty is being typed. */
const isNew = () => performance.getEntriesByType("navigation")[0]?.type === "navigate"

/* On the page of one question, and of a moment that is read over (where there is no box, only a voice). */
class KeptAnswer extends EvidenceDraft {
  async begin() {
    this.form = this.closest("form")
    this.box = this.form && this.form.elements.text
    const { evidence, question } = this.dataset
    this.draft = newDraft({ evidence: Number(evidence), question })
    document.addEventListener("voice-waits", (event) => this.speak(event))
    document.addEventListener("voice-sent", (event) => (this.draft.at || this.touched) && this.leave(event))
    if (this.box) this.watch()
    const found = (await this.drafts()).filter((draft) => this.isHere(draft)).pop()
    if (found && found.files.some((file) => file.cut)) this.rescue(found)
    else if (found && this.box && this.take(found)) this.say("kept")
  }

  watch() {
    // Not the key that the page came with: one that this phone kept is shown again, after others wrote.
    this.form.elements.key.value = this.draft.id
    this.draft.after = Number(this.form.elements.after.value)
    this.before = isNew() ? this.box.defaultValue : this.box.value
    this.box.addEventListener("input", () => this.typed())
    if (this.box.value !== this.before) this.typed() // somebody was faster than this script
    document.addEventListener("voice", () => (this.gone = this.box.value))
    this.form.addEventListener("submit", (event) => this.submit(event))
    const without = (draft) => ({ ...draft, files: [] }) // they are there: what is typed next goes without them
    document.addEventListener("draft-sent", ({ detail }) => this.take(without(detail.draft)) && (this.before = this.box.value))
  }

  /* A page was ended while somebody spoke: what they had said goes now, or as soon as no page is left on which they speak. */
  rescue({ id }) {
    const act = async () => {
      const found = (await this.drafts()).find((draft) => draft.id === id)
      if (found && found.files.some((file) => file.cut) && (await this.adopt(found))) this.sender.send({ now: true })
    }
    return navigator.locks ? navigator.locks.request(`voice ${id}`, act) : act()
  }

  /* Whoever typed something else here meanwhile goes on with it. */
  adopt(found) {
    const adopted = { ...whole(found), ready: true }
    if (this.box && this.box.value !== this.before) return this.store.save(adopted)
    if (this.box) this.take(found)
    this.draft = adopted
    this.cut = true
    return this.save()
  }

  /* What was said here is sent, whole, and what was typed before it; what waited before it goes on waiting. */
  async leave(event) {
    event.preventDefault()
    clearTimeout(this.pause)
    this.touched = false
    this.draft.files = this.draft.files.filter((file) => !file.cut && file !== this.own)
    const more = this.box && this.box.value !== this.gone // typed while it was on its way
    this.draft.ready = !more
    await ifAny(more || this.draft.files.length ? this.save() : this.store.remove(this.draft))
    location.assign(event.detail)
  }

  isHere(draft) {
    return draft.evidence === this.draft.evidence && draft.question === this.draft.question
  }

  /* What was typed here before stands in the box again; false where it does already, or something else was typed since. */
  take(found) {
    const text = found.said[found.question]
    if (!this.isHere(found) || text === undefined || this.box.value !== this.before || this.draft.files.length) return false
    this.draft = { ...found, files: [...found.files] }
    this.form.elements.key.value = found.id
    this.form.elements.after.value = found.after
    if (text === this.before) return false
    this.box.value = text
    return true
  }

  goOnWith(draft) {
    if (!this.box || this.busy) return
    this.draft = draft
    this.box.value = draft.said[draft.question] ?? ""
  }

  save(added) {
    if (this.box) this.draft.said = { [this.draft.question]: this.box.value }
    if ((!this.box || this.box.value === this.before) && !this.draft.files.length) {
      clearTimeout(this.pause)
      return this.store.remove({ id: this.draft.id, at: this.draft.at || 0 })
    }
    return super.save(added)
  }

  async submit(event) {
    if (this.box.value === this.before && !this.draft.at) return
    event.preventDefault()
    if (this.busy) return
    this.busy = this.box.readOnly = true // what would be typed now would be behind what is sent
    this.draft.ready = true
    this.say("sending")
    const kept = await ifAny(this.save())
    const patience = new AbortController()
    const late = setTimeout(() => patience.abort(), PATIENCE)
    try {
      const body = new URLSearchParams(new FormData(this.form))
      const to = { method: "POST", body, signal: patience.signal, headers: { Accept: "application/json" } }
      const answer = await fetch(this.form.action, to)
      const is = (answer.headers.get("content-type") || "").startsWith("application/json")
      if (answer.status === 401) await ifAny(this.handOver())
      if (!answer.ok || !is) return this.form.submit() // the page that says why
      const { at } = await answer.json()
      if (!this.draft.files.length) await ifAny(this.store.remove(this.draft))
      location.assign(at)
    } catch {
      this.say(kept === false ? "cannot" : "offline")
    } finally {
      clearTimeout(late)
      this.busy = this.box.readOnly = false
    }
  }

  /* The page on which somebody signs in shows the text, and may change it: what goes from there, the draft does not go before. */
  handOver() {
    this.form.elements.key.value = this.draft.unless = randomName()
    return this.save()
  }

  async speak({ detail: sound, target }) {
    if (this.spoken === sound) return (target.isUnkept = false)
    this.forgetCutVoice()
    this.draft.ready = true
    const { instead } = target.dataset
    if (!(await this.add(sound, instead ? { ...questionOf(target), instead: Number(instead) } : questionOf(target)))) return
    this.spoken = sound
    target.isUnkept = false
    this.own = this.draft.files[this.draft.files.length - 1]
    this.say("voice")
  }

  sent(event) {
    event.preventDefault()
    if (this.box) this.before = event.detail.draft.said[this.draft.question] ?? this.before
    this.spoken = undefined
    this.draft.files = this.draft.files.filter(({ cut }) => cut) // what is being said now did not go with it
    for (const voice of document.querySelectorAll("voice-recorder")) voice.reset()
    this.say(event.detail.some ? "some" : event.detail.unsaid ? "unsaid" : this.cut ? "cut" : "sent", event.detail.at)
    this.cut = false
  }
}

/* A whole moment, told on one page that needs nobody to answer it. */
class MomentDraft extends EvidenceDraft {
  /* Without the store there is a page to tell on; what it says late is shown where nothing was told meanwhile. */
  async waitForStore() {
    const heard = this.sender.ready.then(() => (this.isHeard = true))
    if (!(await ifAny(heard))) heard.then(() => this.touched || this.draft.at || this.find())
  }

  begin() {
    this.steps = [...this.querySelectorAll("[data-step]")]
    this.listening = this.querySelector("[data-listening]")
    const badge = Number(new URLSearchParams(location.search).get("badge"))
    this.draft = newDraft({ badge })
    this.listen()
    addEventListener("hashchange", () => this.turnTo(location.hash.slice(1)))
    this.find()
  }

  /* Another draft of the list is another page. « Aller au texte » leads to none: what is told here stays. */
  turnTo(named) {
    if (named !== this.draft.id && DRAFT.test(named)) location.reload()
    else if (this.draft.at) this.nameAddress()
  }

  /* The address names the draft: the same tab, opened again, finds it. */
  nameAddress() {
    history.replaceState(null, "", `${this.dataset.here}#${this.draft.id}`)
  }

  async find() {
    const asked = location.hash.slice(1)
    const key = this.isHeard && (await ifAny(this.store.key()))
    const found = asked && this.isHeard && (await this.drafts()).find(({ id }) => id === asked)
    this.show(found ? whole(found) : this.draft)
    this.go(found ? "over" : "situation", false)
    this.say(!key ? "cannot" : found ? "kept" : "")
  }

  show(draft) {
    this.draft = { ...draft, ready: false }
    for (const box of this.boxes) box.value = this.draft.said[box.dataset.question] || ""
  }

  goOnWith(draft) {
    if (this.draft.ready) return // told to the end here
    this.show(draft)
    if (this.step.dataset.step === "over") this.readOver()
  }

  get boxes() {
    return this.querySelectorAll("[data-question]")
  }

  listen() {
    for (const box of this.boxes) box.addEventListener("input", () => this.typed())
    for (const one of this.querySelectorAll("[data-situation]")) {
      one.addEventListener("click", () => {
        this.draft.said.situation = one.dataset.situation
        this.save()
        this.follow()
      })
    }
    for (const one of this.querySelectorAll("[data-act=next]")) one.addEventListener("click", () => this.follow())
    for (const one of this.querySelectorAll("[data-act=over]")) one.addEventListener("click", () => this.go("over"))
    for (const one of this.querySelectorAll("[data-act=write]")) one.addEventListener("click", () => this.go(this.step.dataset.step))
    this.querySelector("[data-act=undo]").addEventListener("click", () => this.takeBack())
    this.querySelector("[data-act=done]").addEventListener("click", () => this.done())
    this.addEventListener("voice", (event) => this.hear(event))
    this.addEventListener("photos", (event) => (this.taking = this.take(event)))
    const back = document.querySelector("a.back")
    back.addEventListener("click", (event) => {
      const before = this.listening.hidden ? this.steps[this.steps.indexOf(this.step) - 1] : this.step
      if (!before || this.draft.ready) return
      event.preventDefault()
      this.go(before.dataset.step)
    })
  }

  save(added) {
    for (const box of this.boxes) {
      if (box.value.trim()) this.draft.said[box.dataset.question] = box.value
      else delete this.draft.said[box.dataset.question]
    }
    this.nameAddress()
    return super.save(added)
  }

  /* What is told here goes when somebody says so. */
  get isFinished() {
    return Boolean(this.draft.ready)
  }

  async take(event) {
    event.preventDefault()
    const isAll = await this.addEach(event.detail)
    this.taking = undefined
    if (isAll) this.go("over")
    else this.readOver() // those before it are there
    return isAll
  }

  async addEach(files) {
    for (const file of files) if (!(await this.add(file))) return false
    return true
  }

  /* Photos that were chosen a moment ago are on their way: they become smaller, and are kept. False where one is not added, which is said. */
  async haveCome() {
    const { going } = this.querySelector("attach-files")
    return (await going) !== false && (await this.taking) !== false
  }

  /* What was said answers the question that was asked, and is heard there; spoken anew, it takes the place of the other one. */
  async hear(event) {
    event.preventDefault()
    const { target: recorder, detail: sound } = event
    const { question } = questionOf(recorder)
    this.forgetCutVoice()
    const before = this.listening.contains(recorder) ? this.voiceOf(question) : undefined
    if (!(await this.add(sound, { question }))) return recorder.offerAgain()
    recorder.reset()
    if (before) await this.replaceVoice(before)
    if (this.step.dataset.step !== question) return this.readOver() // gone on meanwhile
    this.before = before
    this.hearAgain(sound)
  }

  /* A draft of an older release does not tell which question a voice answers: it was the first that wants words. */
  voiceOf(name) {
    return this.draft.files.filter((file) => file.type.startsWith("audio/") && (file.question || "facts") === name).pop()
  }

  replaceVoice(before) {
    this.draft.files = this.draft.files.filter((file) => file !== before)
    return this.save()
  }

  /* The bytes of a voice stay as long as the draft does: the one that was there before is there again. */
  async takeBack() {
    const { before } = this
    if (!before) return // touched twice
    const newer = this.voiceOf(this.step.dataset.step)
    this.draft.files.push(before)
    this.before = undefined
    await this.replaceVoice(newer)
    this.hearAgain()
  }

  /* Still the same question: their own voice, kept, spoken anew, or written instead. */
  async hearAgain(sound) {
    this.step.hidden = true
    this.listening.hidden = false
    this.querySelector("[data-replaced]").hidden = !this.before
    this.listening.querySelector("voice-recorder").dataset.about = this.step.dataset.step
    const asked = this.querySelector("h1")
    this.querySelector("[data-asked]").textContent = this.step.dataset.heading
    asked.textContent = this.listening.dataset.heading
    this.say("")
    this.listening.querySelector("voice-player").hold(sound || (await this.store.file(this.voiceOf(this.step.dataset.step))))
    asked.focus()
    scrollTo(0, 0)
  }

  follow() {
    this.go(this.steps[this.steps.indexOf(this.step) + 1].dataset.step)
  }

  go(name, focus = true) {
    if (this.touched) this.save()
    for (const recorder of this.querySelectorAll("voice-recorder")) recorder.stop?.() // nobody is recorded who does not see it
    this.step = this.steps.find((one) => one.dataset.step === name)
    for (const one of this.steps) one.hidden = one !== this.step
    this.before = undefined
    this.listening.hidden = true
    const asked = this.querySelector("h1")
    asked.textContent = this.step.dataset.heading
    this.querySelector("[data-home]").hidden = name !== "end"
    this.count()
    this.say("")
    if (name === "over") this.readOver()
    if (!focus) return
    asked.focus()
    scrollTo(0, 0)
  }

  /* How far one is, as stitches and in words. */
  count() {
    const number = this.steps.indexOf(this.step) + 1
    const stitches = [...this.querySelectorAll(".stitches i")]
    stitches.forEach((one, place) => one.classList.toggle("sewn", place < number))
    this.querySelector("[data-progress]").hidden = number > stitches.length
    this.querySelector(".progress").lastChild.textContent = this.dataset.number.replace("{}", number)
  }

  /* What was told so far, each with the way to change it; then what may be told as well. */
  readOver() {
    const rows = this.steps.slice(0, this.steps.indexOf(this.step)).map((step) => this.row(step))
    const more = this.querySelector("[data-more]")
    this.querySelector("[data-said]").replaceChildren(...rows.filter(({ isSaid }) => isSaid).map(({ row }) => row))
    more.querySelector("dl").replaceChildren(...rows.filter(({ isSaid }) => !isSaid).map(({ row }) => row))
    more.hidden = rows.every(({ isSaid }) => isSaid)
    this.querySelector("[data-files]").replaceChildren(...this.draft.files.map((file) => this.attached(file)))
  }

  row(step) {
    const { said } = this.draft
    const place = [this.querySelector(`[data-situation="${said.situation}"]`)?.textContent.trim(), said.place]
    const voice = this.voiceOf(step.dataset.step)
    const text = step.dataset.step === "situation" ? place.filter((one) => one).join(", ") : said[step.dataset.step] || (voice && this.dataset.voice)
    const row = this.querySelector(`:scope > template[data-${text ? "row" : "open"}]`).content.cloneNode(true)
    row.querySelector("dt").textContent = step.dataset.heading
    if (text) row.querySelector(".said").textContent = text
    const change = row.querySelector("button")
    change.setAttribute("aria-label", this.dataset[text ? "change" : "answer"].replace("{}", row.querySelector("dt").textContent))
    change.addEventListener("click", () => {
      this.go(step.dataset.step)
      if (voice && !said[step.dataset.step]) this.hearAgain()
    })
    return { row, isSaid: Boolean(text) }
  }

  attached(file) {
    const voice = file.type.startsWith("audio/")
    const row = this.querySelector(`:scope > template[data-${voice ? "voice" : "photo"}]`).content.cloneNode(true)
    if (!voice) row.querySelector(".what").textContent = file.name
    row.querySelector("button").addEventListener("click", async () => {
      const place = this.draft.files.indexOf(file)
      this.draft.files = this.draft.files.filter((one) => one !== file)
      await this.save()
      this.readOver()
      this.querySelectorAll("[data-files] button, attach-files input")[place]?.focus() // what is there now, or adds another
    })
    return row
  }

  async done() {
    if (!(await this.haveCome())) return
    if (!Object.keys(this.draft.said).length && !this.draft.files.length) return this.say("empty")
    this.draft.ready = true
    if (!(await ifAny(this.save()))) {
      this.draft.ready = false
      return this.say("cannot")
    }
    this.go("end")
    this.say("sending")
    this.asked = true
    await this.sender.send({ now: true })
    this.asked = false
  }

  /* Whoever waits for it goes on; whoever put the phone away finds where it is. */
  sent(event) {
    event.preventDefault()
    history.replaceState(null, "", location.pathname)
    const { some, unsaid, at } = event.detail
    if (!unsaid && (this.asked || this.step.dataset.step !== "end")) return location.assign(at)
    this.say(some ? "some" : unsaid ? "unsaid" : "sent", at)
  }
}

customElements.define("kept-answer", KeptAnswer)
customElements.define("moment-draft", MomentDraft)
