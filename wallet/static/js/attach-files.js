/* Choosing sends at once. Photos become smaller in the phone first (shrink-photo.js). */
class AttachFiles extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input")
    this.input.addEventListener("change", () => this.send())
    this.input.addEventListener("click", (event) => this.sent && event.preventDefault()) // what would be chosen now would be lost
    document.addEventListener("unsent", () => this.begin())
    addEventListener("pageshow", (event) => (event.persisted || !this.sent) && this.begin())
    if (performance.getEntriesByType("navigation")[0]?.type === "navigate") this.send() // as in file-picker.js
  }

  send() {
    if (!this.input.files.length || this.sent) return
    this.sent = true
    this.say("sending")
    this.going = this.give() // evidence-form.js waits for it
  }

  /* False where one of them is too big. */
  async give() {
    const { shrunk } = await import("./shrink-photo.js").catch(() => ({ shrunk: (file) => file }))
    const files = await Promise.all([...this.input.files].map(shrunk))
    if (files.some((file) => file.size > Number(this.dataset.heaviest))) {
      this.begin("heavy")
      return false
    }
    const given = new CustomEvent("photos", { bubbles: true, cancelable: true, detail: files })
    if (!this.dispatchEvent(given)) return this.begin() // evidence-form.js keeps them in this phone
    this.choose(files)
    this.input.form.submit()
  }

  choose(files) {
    try {
      const chosen = new DataTransfer()
      for (const file of files) chosen.items.add(file)
      this.input.files = chosen.files
    } catch {
      // Safari before 14.1 makes no such list: they go as they were chosen.
    }
  }

  begin(message) {
    this.sent = false
    this.going = undefined
    this.input.value = ""
    this.say(message)
  }

  say(name) {
    const message = name && this.querySelector(`[data-message=${name}]`)
    this.querySelector("[role=status]").textContent = message ? message.textContent : ""
  }
}

customElements.define("attach-files", AttachFiles)
