/* « Imprimer » brings up the browser's own sheet. Without this script it is not there. */
class PrintPage extends HTMLElement {
  connectedCallback() {
    this.hidden = false
    this.querySelector("button").addEventListener("click", () => print())
  }
}

customElements.define("print-page", PrintPage)
