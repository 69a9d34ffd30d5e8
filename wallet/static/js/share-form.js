/* What the employer will see, while it is being chosen: asked for (by htmx) when it is unfolded and whenever something
   of the form changes under it. Without this script a button asks for it (shares/new.html). */
class LivePreview extends HTMLElement {
  connectedCallback() {
    const fold = this.closest("details")
    const ask = (name) => fold.open && this.dispatchEvent(new Event(name))
    fold.addEventListener("toggle", () => ask("look"))
    // Unfolded before this script was there; by a timer, as htmx begins: a busy phone may have loaded all before that.
    addEventListener("load", () => setTimeout(() => this.querySelector(".preview") || ask("look")))
    // Where none comes, the button asks for it as without a script, and a whole page says what is wrong.
    const button = this.querySelector("button")
    const none = () => this.querySelector(".preview:not([aria-busy])") || this.replaceChildren(button)
    for (const end of ["htmx:error", "htmx:after:swap", "htmx:response:error"]) this.addEventListener(end, none)
    document.getElementById("typed").addEventListener("input", () => {
      // What is there is no longer true; what comes in its place is.
      this.querySelector(".preview")?.setAttribute("aria-busy", "true")
      ask("edited")
    })
  }
}

/* What is typed in a field that may be folded away, told again where it is still seen. */
class TypedText extends HTMLElement {
  connectedCallback() {
    const field = document.getElementById(this.dataset.field)
    const tell = () => (this.textContent = field.value.trim())
    field.addEventListener("input", tell)
    // Coming back, a browser gives the field what was typed in it.
    addEventListener("pageshow", tell)
  }
}

customElements.define("live-preview", LivePreview)
customElements.define("typed-text", TypedText)
