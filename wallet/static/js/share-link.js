/* The code stays lit while it is looked at: a phone that goes dark is a code that does not pass (Screen Wake Lock API).
   The browser lets go of it whenever the page is hidden; where it cannot, or will not, nothing is said. */
class LitScreen extends HTMLElement {
  connectedCallback() {
    if (!navigator.wakeLock) return
    document.addEventListener("visibilitychange", () => this.light())
    this.light()
  }

  light() {
    if (document.visibilityState === "visible") navigator.wakeLock.request("screen").catch(() => {})
  }
}

/* The sentence as it stands in the field, and its link: what is sent, as the server writes it too (sending/outgoing_links.py). */
function textToSend(element) {
  const { link } = element.closest("ready-message")?.dataset ?? {}
  if (!link) return element.dataset.address
  return `${document.getElementById("message").value.trim()}\n${link}`.trim()
}

/* The links to other apps follow the sentence as it is typed. */
class ReadyMessage extends HTMLElement {
  connectedCallback() {
    const links = [...this.querySelectorAll("[data-sends]")]
    const field = this.querySelector("textarea")
    field.addEventListener("input", () => {
      const text = textToSend(field)
      for (const link of links) {
        const lines = link.protocol === "mailto:" ? text.replaceAll("\n", "\r\n") : text
        link.href = link.href.replace(/((?:text|body)=)[^]*$/, (_, name) => name + encodeURIComponent(lines))
      }
    })
  }
}

/* The two ways to send a link that need a script. Each shows itself only where the browser can do it. */
class ShareLink extends HTMLElement {
  connectedCallback() {
    if (!navigator.share) return
    this.hidden = false
    this.querySelector("button").addEventListener("click", () => {
      const { title, address: url } = this.dataset
      const text = document.getElementById("message").value.trim()
      // Closing the sheet without sending is not a fault.
      navigator.share({ title, text, url }).catch(() => {})
    })
  }
}

class CopyLink extends HTMLElement {
  connectedCallback() {
    if (!navigator.clipboard) return
    this.hidden = false
    this.querySelector("button").addEventListener("click", () => this.copy())
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(textToSend(this))
      document.getElementById("copied").textContent = document.getElementById("copied-words").textContent
    } catch {
      // Not allowed here: the address is marked, a long press copies it.
      getSelection().selectAllChildren(document.getElementById("address") ?? this.parentElement)
    }
  }
}

customElements.define("ready-message", ReadyMessage)
customElements.define("lit-screen", LitScreen)
customElements.define("share-link", ShareLink)
customElements.define("copy-link", CopyLink)
