/* Choosing sends at once. Photos become smaller in the phone first, where it can read them: a prepaid gigabyte lasts. */
const SIDE = 2048
const LIGHT = 400_000 // bytes below which a photo goes as it is

async function shrunk(file) {
  if (!file.type.startsWith("image/") || file.size < LIGHT) return file
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" })
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height))
    const canvas = document.createElement("canvas")
    canvas.width = Math.round(picture.width * scale)
    canvas.height = Math.round(picture.height * scale)
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height)
    const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85))
    return made && made.size < file.size ? new File([made], file.name.replace(/\.\w+$/, "") + ".jpg", { type: made.type }) : file
  } catch {
    return file // the server can read more kinds than this phone
  }
}

class AttachFiles extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input")
    this.input.addEventListener("change", () => this.send())
    addEventListener("pageshow", (event) => (event.persisted || !this.sent) && this.begin())
  }

  async send() {
    if (!this.input.files.length || this.sent) return
    this.sent = true
    this.say("sending")
    const files = await Promise.all([...this.input.files].map(shrunk))
    if (files.some((file) => file.size > Number(this.dataset.heaviest))) return this.begin("heavy")
    const given = new CustomEvent("photos", { bubbles: true, cancelable: true, detail: files })
    if (!this.dispatchEvent(given)) return this.begin() // telling.js keeps them in this phone
    const chosen = new DataTransfer()
    for (const file of files) chosen.items.add(file)
    this.input.files = chosen.files
    this.input.form.submit()
  }

  begin(message) {
    this.sent = false
    this.input.value = ""
    this.say(message)
  }

  say(name) {
    const message = name && this.querySelector(`[data-message=${name}]`)
    this.querySelector("[role=status]").textContent = message ? message.textContent : ""
  }
}

customElements.define("attach-files", AttachFiles)
