/* On a computer that others use, a page closes after ten minutes: what is being typed is kept before. */
const BEFORE = 9 * 60_000
const ACTIVE = 60_000
const LOOK = 1_000 // whether something was typed since
const AGAIN = 10_000 // until it is tried once more

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
    if (this.isKept) return setTimeout(() => this.keep(form), LOOK)
    this.isKept = true // but for what is typed while it is on its way
    const sent = fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) })
    const isThere = await sent.then(({ ok, status }) => ok || status === 409, () => false) // 409: beside the text of another window
    if (!isThere) this.isKept = false // what is typed stands here alone
    // Whoever is still there goes on; whoever left is not kept signed in.
    if (this.isKept && Date.now() - this.typed < ACTIVE) return location.reload()
    setTimeout(() => this.keep(form), isThere ? LOOK : AGAIN)
  }
}

customElements.define("typed-answer", TypedText)
