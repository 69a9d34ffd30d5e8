/* The link of a badge. What was copied is pasted with one tap, and nothing of it but a link leaves the phone. A link in an
   e-mail, opened where nobody has a wallet, goes by itself: nothing of anybody's is there that it could change. */
const LINK = /https?:\/\/\S+/i

class PasteLink extends HTMLElement {
  connectedCallback() {
    if (!navigator.clipboard?.readText) return
    this.hidden = false
    this.querySelector("button").addEventListener("click", () => this.paste())
    document.addEventListener("unsent", () => this.say(""))
  }

  async paste() {
    const field = document.getElementById("link")
    const copied = await navigator.clipboard.readText().catch(() => null) // the phone asks first; « Non » is an answer
    const [link] = LINK.exec(copied) || []
    this.say(link ? "reading" : copied === null ? "refused" : "other")
    if (!link) return field.focus()
    field.value = link
    field.form.submit()
  }

  say(name) {
    const found = name && this.querySelector(`[data-message=${name}]`).content.cloneNode(true)
    this.querySelector("[role=status]").replaceChildren(found)
  }
}

class LinkGoes extends HTMLElement {
  connectedCallback() {
    const [{ type }] = performance.getEntriesByType("navigation")
    if (type !== "navigate") return // whoever comes back to it, or asks again, is not sent away once more
    this.querySelector("[role=status]").textContent = this.querySelector("template").content.textContent
    addEventListener("load", () => setTimeout(() => this.closest("form").submit())) // once there is something to look at
  }
}

customElements.define("paste-link", PasteLink)
customElements.define("link-goes", LinkGoes)
