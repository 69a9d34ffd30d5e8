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

/* The two ways to send a link that need a script. Each shows itself only where the browser can do it. */
class ShareLink extends HTMLElement {
  connectedCallback() {
    if (!navigator.share) return
    this.closest("li").hidden = false
    this.querySelector("button").addEventListener("click", () => {
      // Closing the sheet without sending is not a fault.
      navigator.share({ title: this.dataset.title, url: this.dataset.address }).catch(() => {})
    })
  }
}

class CopyLink extends HTMLElement {
  connectedCallback() {
    if (!navigator.clipboard) return
    this.closest("li").hidden = false
    this.querySelector("button").addEventListener("click", () => this.copy())
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.dataset.address)
      document.getElementById("copied").textContent = document.getElementById("copied-words").textContent
    } catch {
      // Not allowed here: the address is marked, a long press copies it.
      getSelection().selectAllChildren(document.getElementById("address"))
    }
  }
}

customElements.define("lit-screen", LitScreen)
customElements.define("share-link", ShareLink)
customElements.define("copy-link", CopyLink)
