/* Choosing files sends the form at once: one tap less. Without this script a button does it (badges/_pick.html). */
class FilePicker extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=file]")
    this.input.addEventListener("change", () => this.send())
    // Back from the next page, a browser gives the field what it held: the same file must be good to choose again.
    addEventListener("pageshow", (event) => (event.persisted || !this.sent) && this.begin())
  }

  send() {
    if (!this.input.files.length) return
    this.sent = true
    this.say(this.querySelector("[data-message=reading]").textContent)
    this.input.form.submit()
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
