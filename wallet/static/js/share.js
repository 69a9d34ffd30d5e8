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

customElements.define("share-link", ShareLink)
customElements.define("copy-link", CopyLink)
