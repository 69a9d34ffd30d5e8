/* « Lire à voix haute », by the phone's own voice; where it has none, no button stands here. */
class ReadAloud extends HTMLElement {
  connectedCallback() {
    if (!window.speechSynthesis) return
    this.hidden = false
    this.querySelector("button").addEventListener("click", () => this.turn())
    addEventListener("pagehide", () => speechSynthesis.cancel())
  }

  turn() {
    if (speechSynthesis.speaking) return speechSynthesis.cancel()
    for (const id of this.dataset.of.split(" ")) {
      const one = document.getElementById(id)
      const words = one.value === undefined ? one.innerText : one.value
      if (!words.trim()) continue
      const spoken = new SpeechSynthesisUtterance(words)
      spoken.lang = document.documentElement.lang
      spoken.rate = 0.9
      speechSynthesis.speak(spoken)
    }
  }
}

customElements.define("read-aloud", ReadAloud)
