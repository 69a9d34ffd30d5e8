/* On a computer that others use, a page closes after ten minutes: what is being typed is kept before. */
const BEFORE = 9 * 60_000
const ACTIVE = 60_000

class TypedText extends HTMLElement {
  connectedCallback() {
    const form = this.closest("form")
    form.addEventListener("input", () => (this.typed = Date.now()))
    setTimeout(() => this.keep(form), BEFORE)
  }

  async keep(form) {
    if (!this.typed) return
    await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }).catch(() => {})
    // Whoever is still there goes on; whoever left is not kept signed in.
    if (Date.now() - this.typed < ACTIVE) location.reload()
  }
}

customElements.define("typed-answer", TypedText)
