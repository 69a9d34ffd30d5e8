/* On a computer that others use, a page closes after ten minutes: what is being typed is kept before. */
const BEFORE = 9 * 60_000
const ACTIVE = 60_000
const AGAIN = 10_000 // until it is tried once more

class TypedText extends HTMLElement {
  connectedCallback() {
    const form = this.closest("form")
    form.addEventListener("input", () => (this.typed = Date.now()))
    setTimeout(() => this.keep(form), BEFORE)
  }

  async keep(form) {
    if (!this.typed) return
    const sent = fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) })
    const isKept = await sent.then(({ ok, status }) => ok || status === 409, () => false) // 409: beside the text of another window
    if (!isKept) return setTimeout(() => this.keep(form), AGAIN) // what is typed stands here alone
    // Whoever is still there goes on; whoever left is not kept signed in.
    if (Date.now() - this.typed < ACTIVE) location.reload()
  }
}

customElements.define("typed-answer", TypedText)
