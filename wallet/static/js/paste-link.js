/* The link of a badge. What was copied is pasted with one tap, and nothing of it but a link leaves the phone. A link in an
   e-mail, opened where nobody is known, goes by itself: there is no wallet that it could change, and what it leads to is
   looked at before it joins one. */

/* Of a badge that is written out, its addresses are its own. An offer of one may have any scheme; none is longer than 60 letters
   here, for all that was copied is looked through, which may be a book. */
const LINK =
  /^[^{]*?\b((?:[a-z][\w+.-]{0,60}:\/\/|(?:[\w+.-]{0,60}openid[\w-]{0,60}|haip-v\w{1,2}|siopv2|dccrequest|(?:web\+)?interaction):)[^\s"'<>{}]+)/i
/* In a letter it may be that of whoever writes: only where there is no other one. */
const PLAIN = /^[^{]*?\b(www\.[^\s"'<>{}]+)/i

class PasteLink extends HTMLElement {
  connectedCallback() {
    if (!navigator.clipboard?.readText) return
    this.hidden = false
    this.querySelector("button").addEventListener("click", () => this.paste())
    document.addEventListener("unsent", () => this.say(""))
    addEventListener("pageshow", (event) => event.persisted && this.say("")) // nothing goes on any more
  }

  async paste() {
    const field = document.getElementById("link")
    const copied = await navigator.clipboard.readText().catch(() => null) // the phone asks first; « Non » is an answer
    const [, link] = LINK.exec(copied) || PLAIN.exec(copied) || []
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
    this.say(this.querySelector("template").content.textContent)
    addEventListener("pageshow", (event) => event.persisted && this.say(""))
    this.closest("form").submit() // before the page is there: a fast phone makes no stop of it on the way back
  }

  say(words) {
    this.querySelector("[role=status]").textContent = words
  }
}

customElements.define("paste-link", PasteLink)
customElements.define("link-goes", LinkGoes)
