/* On a computer that others use, a page closes after ten minutes: what is being typed is kept before. */
const BEFORE = 9 * 60_000
const ACTIVE = 60_000
const RESTS = 2_000 // since the last letter
const LOOK = 1_000 // whether something was typed since
const AGAIN = 10_000 // until it is tried once more, or kept of whoever does not rest: each time is a text among the earlier ones

class TypedText extends HTMLElement {
  connectedCallback() {
    const form = this.closest("form")
    form.addEventListener("input", () => {
      this.typed = Date.now()
      this.isKept = false
    })
    this.isKept = true
    setTimeout(() => this.keep(form), BEFORE)
  }

  /* From then on until the page closes: somebody may think for nine minutes before they type, or come back to it. */
  async keep(form) {
    let after = LOOK
    if (!this.isKept && (this.rests() >= RESTS || Date.now() - (this.sent ?? 0) >= AGAIN)) {
      this.isKept = true // but for what is typed while it is on its way
      this.sent = Date.now()
      const sent = fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) })
      // We lead on from what we kept, which a network's own page does not; 409: beside the text of another window.
      const isThere = await sent.then(({ ok, redirected, status }) => (ok && redirected) || status === 409, () => false)
      if (!isThere) [this.isKept, after] = [false, AGAIN] // what is typed stands here alone
    }
    // Whoever is still there goes on, when they rest: the end of a word would go nowhere. Whoever left is not kept signed in.
    if (this.isKept && this.rests() >= RESTS && this.rests() < ACTIVE) return location.reload()
    setTimeout(() => this.keep(form), after)
  }

  rests() {
    return Date.now() - this.typed
  }
}

customElements.define("typed-answer", TypedText)
