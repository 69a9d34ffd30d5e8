"""A phone's microphone and its loudspeaker, told instead of heard, for pages alone."""

from playwright.sync_api import Page

HEARS = """() => {
    if (!navigator.mediaDevices) return // a page that is empty
    Object.assign(window, { recorders: [], played: [], opened: 0, stopped: 0, makes: "audio/webm", problem: undefined })
    window.sound = "\\u001fC\\u00b6u"
    const latin = (text) => Uint8Array.from(text, (one) => one.charCodeAt(0))
    navigator.mediaDevices.getUserMedia = async (wanted) => {
        window.opened++
        window.wanted = wanted
        if (window.allows) await new Promise((done) => (window.allows = done))
        if (window.problem) throw new DOMException("", window.problem)
        return { getTracks: () => [{ stop: () => window.stopped++ }] }
    }
    window.MediaRecorder = class extends EventTarget {
        static isTypeSupported = (kind) => kind.split(";")[0] === window.makes
        state = "inactive"
        said = ""
        constructor(stream, how) {
            super()
            this.how = how
            window.recorders.push(this)
        }
        start(slice) {
            this.slice = slice
            this.state = "recording"
        }
        requestData() {
            if (this.state === "inactive") throw new DOMException("", "InvalidStateError")
            const data = new Blob([latin(this.said)])
            this.said = ""
            queueMicrotask(() => this.dispatchEvent(Object.assign(new Event("dataavailable"), { data })))
        }
        stop() {
            this.requestData()
            this.state = "inactive"
            queueMicrotask(() => this.dispatchEvent(new Event("stop")))
        }
    }
    window.AudioContext = class {
        currentTime = 0
        destination = {}
        constructor() {
            window.audio = this
        }
        async resume() {
            if (window.resumes) await new Promise((done) => (window.resumes = done))
        }
        decodeAudioData(raw, done, not) {
            const text = new TextDecoder("latin1").decode(raw)
            const tells = () => (text === "broken" ? not(new DOMException("", "EncodingError")) : done(text))
            if (window.decodes) window.decodes = tells
            else tells()
        }
        createBufferSource() {
            return {
                connect(to) {
                    this.to = to
                },
                start() {
                    if (this.to === window.audio.destination) window.played.push(this.buffer.replace(window.sound, ""))
                    window.source = this
                },
                stop() {
                    window.played.push("silence")
                },
            }
        }
    }
}"""
"""What a recorder gives is what a test says: `recorders.at(-1).said`, after `sound`, by which a WebM tells that it has begun; what
is played is in `played`."""


def hears(page: Page) -> None:
    """From the next page on, *page* is of a phone that records what it is told."""
    page.add_init_script(f"({HEARS})()")
