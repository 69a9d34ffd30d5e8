/* Choosing files sends the form at once: one tap less. Without this script a button does it (badges/_file_picker.html).
   `data-shrinks` is for the photo of a code: it becomes smaller in the phone first, but a PNG, which may be a badge. */
class FilePicker extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=file]")
    this.input.addEventListener("change", () => this.send())
    // Back from the next page, a browser gives the field what it held: the same file must be good to choose again.
    document.addEventListener("unsent", () => this.begin())
    addEventListener("pageshow", (event) => (event.persisted || !this.sent) && this.begin())
    // On a slow line somebody chooses before this script is there; what a page was left with is not chosen now.
    if (performance.getEntriesByType("navigation")[0]?.type === "navigate") this.send()
  }

  async send() {
    if (!this.input.files.length || this.sent) return
    this.sent = true
    this.say(this.querySelector("[data-message=reading]").textContent)
    if (this.dataset.shrinks !== undefined) await this.shrink().catch(() => {}) // as it is, it is good as well
    this.input.form.submit()
  }

  async shrink() {
    const { shrunk } = await import("./shrink-photo.js")
    const chosen = new DataTransfer()
    for (const file of this.input.files) chosen.items.add(file.type === "image/png" ? file : await shrunk(file))
    this.input.files = chosen.files
  }

  begin() {
    this.sent = false
    this.say("")
    this.input.value = ""
  }

  say(words) {
    this.querySelector("[role=status]").textContent = words
  }
}

customElements.define("file-picker", FilePicker)
