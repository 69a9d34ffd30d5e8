/* The code of a rescue paper. What a camera read stands behind # of the address: it goes into the field and out of the
   address, and is never sent by itself. While it is typed, each full group is checked as crockford.py does. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
const GROUP = 5

/* Spaces, dashes of any length, and marks that nobody sees, as of a code that was pasted; no \p, which old phones do not read. */
const BETWEEN = /[-\u2010-\u2015·._\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f]/g

const plain = (typed) => typed.toUpperCase().replace(BETWEEN, "").replace(/O/g, "0").replace(/[IL]/g, "1")

const doubled = (value) => (value & 16 ? (value << 1) ^ 0b101001 : value << 1)

const fits = (group, place) => {
  const values = [...group].map((symbol) => ALPHABET.indexOf(symbol))
  const check = values.pop()
  const total = values.reduce((sum, value) => doubled(sum) ^ value, place + 1)
  return !values.includes(-1) && doubled(total) === check
}

/* What stands behind #, which it does no more; "" for what is no text. */
function fromAddress() {
  const { hash, pathname, search } = location
  if (hash) history.replaceState(history.state, "", pathname + search)
  try {
    return decodeURIComponent(hash.slice(1))
  } catch {
    return ""
  }
}

class PaperCode extends HTMLElement {
  connectedCallback() {
    const take = () => this.take(fromAddress())
    addEventListener("hashchange", take) // the paper was scanned while the page was open
    this.input = this.querySelector("#code")
    if (!this.input) return take()
    this.enter = this.querySelector("button:not([type])")
    this.input.addEventListener("input", () => this.look())
    take()
  }

  take(scanned) {
    if (!this.input || scanned.length < GROUP) return
    this.input.value = scanned.match(/.{1,5}/g).join(" ")
    this.querySelector(".pictured").hidden = true
    this.enter.classList.replace("second", "main")
    this.look()
  }

  look() {
    const groups = plain(this.input.value).match(/.{5}/g) || []
    const wrong = groups.findIndex((group, place) => !fits(group, place))
    const words = wrong ? this.dataset.other.replace("{n}", wrong + 1) : this.dataset.first
    this.querySelector(".live").textContent = wrong < 0 ? "" : `${words} (${groups[wrong]})`
  }
}

customElements.define("paper-code", PaperCode)
