/* Records a voice and sends it. What was recorded stays in the page until it is kept: nobody tells a thing twice. */
const KINDS = ["audio/mp4", "audio/webm;codecs=opus", "audio/webm", "audio/ogg;codecs=opus"]
const BITS = 32_000 // a second: a voice is clear, and ten minutes are two megabytes
const OFTEN = 30 // seconds after which what was said so far is kept once more
const WARNED = 60 // seconds before the end at which it is told: the server takes nothing longer
const HEAVIEST = 24_000_000 // bytes at which it ends as well, whatever this browser makes of BITS
/* How browsers say that a call, or another app, has the microphone: when it is asked for, or as soon as it was given. */
const TAKEN = ["NotReadableError", "AbortError", "NotSupportedError", "InvalidStateError", "UnknownError"]
/* How sound begins, in a recording that is still being made and in one that is whole. Before it some browsers give a head
   alone: nothing is said in it yet. */
const SOUND = {
  mp4: { begun: /moof/, whole: /mdat/ },
  webm: { begun: /\x1fC\xb6u/, whole: /\x1fC\xb6u/ },
  ogg: { begun: /(OggS[^]+){3}/, whole: /(OggS[^]+){3}/ },
}

/* We lead on from what we took; a network that wants its conditions read first answers anything by a page of its own. */
const isTaken = ({ ok, redirected }) => ok && redirected

class VoiceRecorder extends HTMLElement {
  connectedCallback() {
    if (!window.MediaRecorder || !navigator.mediaDevices) return
    this.kind = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind))
    if (!this.kind) return
    this.hidden = false
    this.at("record").addEventListener("click", () => this.record())
    this.at("stop").addEventListener("click", () => this.stop())
    this.at("send").addEventListener("click", () => this.send())
    document.addEventListener("visibilitychange", () => document.hidden && this.pause()) // phones end what nobody sees
    // What was typed beside it goes first: the form is kept as it is left.
    this.form = this.closest("form")
    if (this.form) this.form.addEventListener("submit", (event) => this.finish(event), true)
    addEventListener("beforeunload", (event) => this.isUnkept && this.askToStay(event))
  }

  /* The browser asks. Whoever stays may choose the photo again that would have led them away. */
  askToStay(event) {
    event.preventDefault()
    document.dispatchEvent(new Event("unsent"))
  }

  /* Whoever goes on while they speak is done: what they said goes with what they typed, and leads on. Not so what did not go. */
  finish(event) {
    if (!this.isUnkept || !this.at("send").hidden) return
    event.preventDefault()
    event.stopImmediatePropagation()
    this.stop()
  }

  async record() {
    if (this.busy) return
    this.busy = true
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: true })
      if (this.closest("[hidden]")) return this.rest() // gone on while the phone asked
      this.listen()
    } catch ({ name }) {
      this.rest()
      return this.say(TAKEN.includes(name) ? "taken" : "no-microphone")
    }
    this.began = this.kept = performance.now() // which no clock that is set right changes
    this.show("stop")
    this.say("recording")
    this.at("stop").focus()
    this.tick()
    this.clock = setInterval(() => this.tick(), 1000)
  }

  listen() {
    this.pieces = []
    this.asked = this.heard = false
    this.recorder = new MediaRecorder(this.stream, { mimeType: this.kind, audioBitsPerSecond: BITS })
    this.recorder.addEventListener("dataavailable", (event) => this.hear(event.data))
    this.recorder.addEventListener("stop", () => this.end())
    this.recorder.start(1000)
    this.isUnkept = true
  }

  /* Phones slow the clocks of pages that nobody sees; what was said comes all the same. */
  async hear(piece) {
    const { recorder } = this
    this.pieces.push(piece)
    this.tick()
    const heard = this.heard || (await this.isHeard(this.soFar(), "begun"))
    if (recorder !== this.recorder) return
    this.heard = heard
    if (this.asked) this.asked = !this.keep()
  }

  stop() {
    if (this.recorder?.state === "recording") this.recorder.stop()
  }

  tick() {
    if (this.recorder.state !== "recording") return
    const seconds = Math.round((performance.now() - this.began) / 1000)
    const left = Number(this.dataset.longest) - 5 - seconds // of the time that the server takes
    if (left <= WARNED && !this.querySelector("[role=status] [data-ends]")) this.say("ends")
    const clock = this.querySelector("[role=status] [data-clock]")
    if (clock) clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
    if (performance.now() - this.kept >= OFTEN * 1000) this.pause()
    if (left <= 0 || this.weight() >= HEAVIEST) this.stop()
  }

  weight() {
    return this.pieces.reduce((sum, piece) => sum + piece.size, 0)
  }

  rest() {
    for (const track of this.stream?.getTracks() ?? []) track.stop()
    this.busy = false
  }

  async end() {
    this.rest()
    clearInterval(this.clock)
    this.show("")
    this.sound = this.soFar()
    if (await this.isHeard(this.sound, "whole")) return this.send()
    this.isUnkept = false
    this.give("voice-so-far", null)
    this.show("record")
    this.say("nothing")
  }

  get container() {
    return Object.keys(SOUND).find((name) => this.kind.includes(name))
  }

  soFar() {
    const ending = this.container === "mp4" ? "m4a" : this.container
    return new File(this.pieces, `voix.${ending}`, { type: this.kind.split(";")[0] })
  }

  async isHeard(sound, is) {
    const start = new Uint8Array(await sound.slice(0, 65_536).arrayBuffer())
    return SOUND[this.container][is].test(Array.from(start, (byte) => String.fromCharCode(byte)).join(""))
  }

  /* What was said so far, to whoever keeps it in this phone: the page may not live to the end. First what is there already,
     for it may not live to the next piece either; then with what comes, until something is to be heard. */
  pause() {
    if (!this.recorder || this.recorder.state !== "recording") return
    this.kept = performance.now()
    this.keep()
    this.asked = true
    this.recorder.requestData()
  }

  keep() {
    if (!this.heard || this.recorder.state !== "recording") return false
    this.give("voice-so-far", this.soFar())
    return true
  }

  async send() {
    this.show("")
    this.isUnkept = this.give("voice")
    if (!this.isUnkept) return // whoever took it says whether they keep it: `reset`, or `offerAgain`
    this.say("sending")
    const body = new FormData()
    body.append("files", this.sound)
    const { about: question, instead, over } = this.dataset
    for (const [name, value] of Object.entries({ question, instead, over })) if (value) body.append(name, value)
    try {
      if (this.form) {
        const typed = await fetch(this.form.action, { method: "POST", body: new URLSearchParams(new FormData(this.form)) })
        if (!isTaken(typed) && typed.status !== 409) return this.stay(typed.status)
      }
      const answer = await fetch(this.dataset.to, { method: "POST", body })
      // Whoever is signed out meanwhile is led elsewhere: the page, and what was recorded, stays.
      if (isTaken(answer) && new URL(answer.url).pathname.startsWith("/evidence/")) {
        this.isUnkept = false
        return this.give("voice-sent", answer.url) && location.assign(answer.url)
      }
      this.stay(isTaken(answer) ? 401 : answer.status)
    } catch {
      this.stay(0)
    }
  }

  /* It is not kept: why, and what one can do; the sound stays to be sent again unless it is no good. */
  stay(status) {
    this.isUnkept = status !== 422 // until this phone keeps it (evidence-form.js), which it may not
    const why = { 401: "signed-out", 413: "full", 422: "refused", 429: "busy", 503: "busy" }
    this.show(status === 422 ? "record" : "send")
    this.say(why[status] || (status ? "failed" : "offline"))
    if (status === 422) this.give("voice-so-far", null)
    else if (status !== 413) this.give("voice-waits")
  }

  /* The sound stays here, to be given again. */
  offerAgain() {
    this.isUnkept = true
    this.show("send")
    this.querySelector("[role=status]").replaceChildren()
  }

  /* What was recorded, to whoever keeps it in this phone (evidence-form.js); false where they took it. */
  give(name, detail = this.sound) {
    return this.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail }))
  }

  /* Back to the beginning, but for whoever speaks now, or has said what is here alone: what they had said before has come. */
  reset() {
    if (this.busy || this.isUnkept) return
    this.show("record")
    this.querySelector("[role=status]").replaceChildren()
  }

  at(act) {
    return this.querySelector(`[data-act=${act}]`)
  }

  /* The one button that is of use now; the keyboard stays on it, unless it went elsewhere meanwhile. */
  show(act) {
    this.held = document.activeElement === document.body ? this.held : this.contains(document.activeElement)
    for (const button of this.querySelectorAll("[data-act]")) button.hidden = button.dataset.act !== act
    if (act && this.held) this.at(act).focus()
  }

  say(name) {
    const message = this.querySelector(`[data-message=${name}]`)
    this.querySelector("[role=status]").replaceChildren(message.content.cloneNode(true))
  }
}

customElements.define("voice-recorder", VoiceRecorder)
