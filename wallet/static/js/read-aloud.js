/* « Lire à voix haute », by the phone's own voice; where it has none of the page's language, no button stands here.
   A voice that is not on the phone would send the text away: it does not count. */
const voiceOf = (language) =>
  speechSynthesis.getVoices().find((one) => one.localService && one.lang.split(/[-_]/)[0] === language.split("-")[0])

/* What is to be said of an element: pairs of a language and words, a pair for each part in a language of its own. */
function partsOf(one) {
  if (!one) return []
  const language = one.closest("[lang]").lang
  if (typeof one.value === "string") return [[language, one.value]]
  if (!one.querySelector("[lang]")) return [[language, one.innerText || ""]]
  return [...one.childNodes].flatMap((part) =>
    part.nodeType === Node.ELEMENT_NODE ? partsOf(part) : [[language, part.nodeType === Node.TEXT_NODE ? part.data : ""]],
  )
}

class ReadAloud extends HTMLElement {
  static reader = null

  connectedCallback() {
    if (!window.speechSynthesis) return
    const look = () => {
      this.hidden = !voiceOf(document.documentElement.lang)
    }
    look()
    speechSynthesis.addEventListener?.("voiceschanged", look)
    this.querySelector("button").addEventListener("click", () => this.turn())
    addEventListener("pagehide", () => speechSynthesis.cancel())
  }

  disconnectedCallback() {
    if (ReadAloud.reader === this) this.rest()
  }

  turn() {
    const reads = ReadAloud.reader === this
    ReadAloud.reader?.rest()
    if (!reads) this.read()
  }

  rest() {
    this.last = ReadAloud.reader = null
    speechSynthesis.cancel()
    this.say(false)
  }

  read() {
    const page = document.documentElement.lang
    const parts = this.dataset.of.split(" ").flatMap((id) => partsOf(document.getElementById(id)))
    const spoken = parts.filter(([, words]) => words.trim()).map(([language, words]) => {
      const one = new SpeechSynthesisUtterance(words.trim())
      one.lang = language
      one.voice = voiceOf(language) || voiceOf(page)
      one.rate = 0.9
      return one
    })
    if (!spoken.length) return
    const last = spoken[spoken.length - 1]
    last.onend = last.onerror = () => this.last === last && this.rest()
    this.last = last
    ReadAloud.reader = this
    this.say(true)
    for (const one of spoken) speechSynthesis.speak(one)
  }

  say(reads) {
    const [begin, stop] = this.querySelectorAll("span")
    begin.hidden = reads
    stop.hidden = !reads
  }
}

customElements.define("read-aloud", ReadAloud)
