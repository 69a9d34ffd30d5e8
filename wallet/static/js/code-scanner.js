/* Reads QR codes off the camera: by the browser's own detector where it knows them, else by ours, which is fetched only
   when a camera opens. What a code says is a stranger's word: it is bounded, it is never followed, and it goes into a form
   that a person might have filled in as well. The picture stays in the phone; the camera closes as soon as a code is
   taken, when the page is left, and when nobody sees it. Phones stay cool: small pictures, ten a second at most, and
   never less rest than work. */
const SIDE = 640 // pixels of the square that is looked at: the one in the frame
const PAUSE = 100 // milliseconds from one look to the next
const SLOW = 10_000 // until a hint is given
const LONGEST = 4296 // letters of the largest QR code (ISO/IEC 18004, table 7)
const ASKED = { video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } } }
const WHY = {
  NotAllowedError: "refused", SecurityError: "refused",
  NotFoundError: "none", OverconstrainedError: "none", TypeError: "none",
  NotReadableError: "taken", AbortError: "taken",
}
const QR = { formats: ["qr_code"] }
const LINK = /^(?:[a-z][\w+.-]*:(?:\/\/|\?)|(?:[\w+.-]{0,60}openid[\w-]{0,60}|haip-v\w{1,2}|siopv2|mdoc|dccrequest|(?:web\+)?interaction):)\S+$/i
const PLAIN = /^(?:[\p{L}\d-]+\.)+\p{L}[\p{L}\d-]+\/\S+$/u // without a scheme: phones open it, and the server takes it
const TOKEN = /^e[yw3][\w-]*\.[\w-]+\.[\w-]*(~[\w.~-]*)?$/
const MEMBERS = ["@context", "badge", "vc", "credential", "credentials", "credentialSubject", "verifiableCredential"]

const release = (stream) => stream.getTracks().forEach((track) => track.stop())

const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds))

const ours = async () => new (await import("../vendor/qr/decode.js")).BarcodeDetector(QR)

async function native() {
  const known = window.BarcodeDetector ? await BarcodeDetector.getSupportedFormats().catch(() => []) : []
  return known.includes("qr_code") ? new BarcodeDetector(QR) : null
}

/* The code of a rescue paper of ours, "" for any other text. */
function ofPaper(text, path) {
  try {
    const { origin, pathname, hash } = new URL(text)
    return origin === location.origin && pathname === path && /^#[\w-]{5,64}$/.test(hash) ? hash.slice(1) : ""
  } catch {
    return ""
  }
}

/* Whether it is a badge itself, as JSON or a token, or a list of some (sandbox/pdf_zip_qr/find.py). */
function isWritten(text) {
  if (TOKEN.test(text)) return true
  try {
    return [JSON.parse(text)].flat().some((one) => MEMBERS.some((member) => member in Object(one)))
  } catch {
    return false
  }
}

class CodeScanner extends HTMLElement {
  connectedCallback() {
    this.hidden = false
    this.video = this.querySelector("video")
    this.canvas = document.createElement("canvas")
    this.at("start").addEventListener("click", () => this.start())
    this.at("stop").addEventListener("click", () => this.stop("stopped"))
    const leave = () => this.turn && this.stop("stopped")
    const isSeen = () => document.visibilityState === "visible"
    document.addEventListener("visibilitychange", () => isSeen() || leave())
    addEventListener("pagehide", leave)
    addEventListener("pageshow", (event) => event.persisted && this.stop("stopped"))
    if (this.dataset.now === undefined || !isSeen()) this.show("start")
    else this.start()
  }

  async start() {
    const turn = (this.turn = {}) // once it is another one, or none, this start is over
    this.show("")
    this.say("opening")
    try {
      const stream = await navigator.mediaDevices.getUserMedia(ASKED)
      if (turn !== this.turn) return release(stream)
      this.open(stream)
      await this.video.play()
      this.detector = this.detector || (await native()) || (await ours())
    } catch (problem) {
      if (turn === this.turn) this.stop(this.stream ? "failed" : WHY[problem.name] || "failed")
    }
    if (turn === this.turn) this.look(turn)
  }

  open(stream) {
    this.stream = stream
    this.video.srcObject = stream
    stream.getVideoTracks()[0].addEventListener("ended", () => stream === this.stream && this.stop("taken"))
    this.querySelector(".sight").hidden = false
    this.show("stop")
  }

  async look(turn) {
    const slow = performance.now() + SLOW
    this.say("aim")
    while (turn === this.turn) {
      const began = performance.now()
      for (const text of await this.read()) {
        const said = turn === this.turn && this.take(text.trim())
        if (said) this.say(said)
      }
      const ended = performance.now()
      if (turn === this.turn && this.said === "aim" && ended > slow) this.say("slow")
      await wait(Math.max(PAUSE - (ended - began), ended - began))
    }
  }

  /* The texts of the codes that are in the frame now. */
  async read() {
    const { videoWidth, videoHeight } = this.video
    const from = Math.min(videoWidth, videoHeight)
    const side = Math.min(from, SIDE)
    if (!side) return []
    this.canvas.width = this.canvas.height = side
    const drawn = this.canvas.getContext("2d", { willReadFrequently: true })
    drawn.drawImage(this.video, (videoWidth - from) / 2, (videoHeight - from) / 2, from, from, 0, 0, side, side)
    try {
      return (await this.detector.detect(this.canvas)).map((one) => one.rawValue)
    } catch {
      // A phone may say that it knows codes, and then not have what reads them.
      this.detector = await ours().catch(() => this.stop("failed"))
      return []
    }
  }

  stop(message) {
    this.turn = null
    if (this.stream) release(this.stream)
    this.stream = this.video.srcObject = null
    this.querySelector(".sight").hidden = true
    this.show(message === "read" ? "" : "start")
    this.say(message)
    if (message !== "read" && message !== "stopped") this.giveWay()
  }

  /* Without a camera a photo of the code is the way. */
  giveWay() {
    this.at("start").classList.replace("main", "second")
  }

  at(act) {
    return this.querySelector(`[data-act=${act}]`)
  }

  /* The one button that is of use now; the finger, or the keyboard, stays on it. */
  show(act) {
    this.held = this.held || this.contains(document.activeElement)
    for (const button of this.querySelectorAll("[data-act]")) button.hidden = button.dataset.act !== act
    if (!act || !this.held) return
    this.held = false
    this.at(act).focus()
  }

  say(name) {
    if (name === this.said) return
    this.said = name
    this.querySelector("[role=status]").replaceChildren(this.querySelector(`[data-message=${name}]`).content.cloneNode(true))
  }
}

/* For a badge: its address, an offer of one, or the badge itself, goes where a pasted link goes. */
class BadgeScanner extends CodeScanner {
  connectedCallback() {
    super.connectedCallback()
    document.addEventListener("unsent", () => this.said === "read" && this.begin())
  }

  /* What was read could not be sent: the page is still here, and says so where the finger is led. */
  begin() {
    this.held = false
    this.stop("stopped")
  }

  giveWay() {
    super.giveWay()
    document.querySelector(".pick label").classList.replace("second", "main")
  }

  take(text) {
    if (ofPaper(text, this.dataset.paper)) return "paper"
    if (text.length > LONGEST || !(LINK.test(text) || PLAIN.test(text) || isWritten(text))) return "other"
    const { form } = this.at("start")
    form.elements.link.value = text
    this.stop("read")
    form.submit()
    return ""
  }
}

/* For a rescue paper: its code goes into the field, and is not sent. Where there is no camera, a photo takes its place. */
class PaperScanner extends CodeScanner {
  connectedCallback() {
    if (!navigator.mediaDevices) return
    this.photo = document.querySelector(".instead")
    this.photo.hidden = true
    super.connectedCallback()
  }

  giveWay() {
    super.giveWay()
    this.photo.hidden = false
  }

  take(text) {
    const code = ofPaper(text, this.dataset.paper)
    if (!code) return "other"
    this.stop("read")
    const paper = this.closest("paper-code")
    paper.take(code)
    paper.enter.focus()
    return ""
  }
}

customElements.define("badge-scanner", BadgeScanner)
customElements.define("paper-scanner", PaperScanner)
