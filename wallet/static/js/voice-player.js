/* One button that plays a voice, and where it is. The sound comes from the server, or is one that this phone keeps (`hold`):
   that one is decoded here, for no page of ours may play what has no address. */
const clockOf = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`

/* What is kept in this phone, as something to be played: it takes after an <audio>. */
class KeptSound extends EventTarget {
  paused = true

  constructor(blob) {
    super()
    this.blob = blob
  }

  async decode() {
    this.context = new (window.AudioContext || window.webkitAudioContext)()
    const raw = await this.blob.arrayBuffer()
    this.sound = await new Promise((done, not) => this.context.decodeAudioData(raw, done, not))
  }

  get currentTime() {
    return this.paused ? 0 : this.context.currentTime - this.began
  }

  async play() {
    const turn = (this.turn = {}) // once it is another one, or none, this start is over: a slow phone decodes for seconds
    this.paused = false
    if (!this.sound) await this.decode()
    if (turn === this.turn) await this.context.resume()
    if (turn !== this.turn) return
    this.source = Object.assign(this.context.createBufferSource(), { buffer: this.sound })
    this.source.connect(this.context.destination)
    this.source.onended = () => turn === this.turn && this.end()
    this.began = this.context.currentTime
    this.source.start()
  }

  pause() {
    if (this.source) this.source.stop()
    this.end()
  }

  end() {
    this.turn = null
    this.paused = true
    this.source = null
    this.dispatchEvent(new Event("ended"))
  }
}

class VoicePlayer extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button")
    this.clock = this.querySelector("[data-clock]")
    this.length = this.clock.textContent
    this.button.addEventListener("click", () => this.turn())
    addEventListener("pagehide", () => this.sound && !this.sound.paused && this.sound.pause())
    const sound = this.querySelector("audio")
    if (!sound) return
    if (!sound.canPlayType(this.dataset.type)) this.giveUp()
    else this.take(sound)
    sound.controls = false
  }

  /* Play a *blob* from now on, which lasts so long; nothing plays any more of what was there. */
  hold(blob, length = "") {
    if (this.sound) this.sound.pause()
    this.length = length
    this.take(new KeptSound(blob))
  }

  take(sound) {
    this.sound = sound
    this.button.hidden = false
    this.say("")
    for (const name of ["play", "pause", "ended"]) sound.addEventListener(name, () => this.sound === sound && this.show())
    sound.addEventListener("error", () => this.fail())
    this.show()
  }

  turn() {
    const { sound } = this
    if (sound.error) sound.load() // asked for once more
    if (!sound.paused) return sound.pause()
    const began = sound.play()
    this.say("")
    this.show()
    began.catch(({ name }) => name !== "AbortError" && !sound.error && this.giveUp()) // an error is told by itself
  }

  show() {
    const plays = !this.sound.paused && !this.sound.error
    clearInterval(this.ticking)
    if (plays) this.ticking = setInterval(() => this.tick(), 500)
    this.button.setAttribute("aria-pressed", plays)
    if (!plays) this.clock.textContent = this.length
  }

  tick() {
    this.clock.textContent = clockOf(this.sound.currentTime || 0)
  }

  /* A browser says the same of a sound that did not come, and of one that it cannot play: the one may come at the next touch. */
  async fail() {
    const { sound } = this
    const asked = fetch(sound.src, { method: "HEAD", cache: "no-store" })
    if (await asked.then(() => true, () => false)) return this.giveUp()
    this.show()
    this.say("offline")
  }

  /* This phone cannot play what another one recorded. */
  giveUp() {
    clearInterval(this.ticking)
    this.button.hidden = true
    this.say("cannot")
  }

  say(name) {
    for (const message of this.querySelectorAll("[data-message]")) message.hidden = message.dataset.message !== name
  }
}

customElements.define("voice-player", VoicePlayer)
