/* The button that prints is there where a script can press it; every browser prints without it too. */
class PrintPage extends HTMLElement {
  connectedCallback() {
    this.hidden = false
    this.querySelector("button").addEventListener("click", () => print())
  }
}

customElements.define("print-page", PrintPage)
