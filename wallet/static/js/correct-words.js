/* Words that French writes otherwise: lost apostrophes, lost accents, the capital at the start. This phone finds them by
   itself, and nothing is sent to be looked at; nothing is changed before its author says so, and what they leave is left. */
import { showMessage } from "./status-message.js"

const MOST = 6 // pairs that are shown
/* A word and the one before it, which lost their apostrophe: « a-t-il » has none. */
const LOST = /(^|[^\p{L}\p{N}'’-])((?:aujourd|jusqu|quelqu|lorsqu|puisqu|qu|[jdlmns]|t(?! (?:ils?|elles?|on)(?!\p{L}))|c(?= (?:est|[eé]tai))) )([aeiouyhàâéèêëîïôùû]\p{L}*)/giu
/* A page or a mailbox, in which nothing is written otherwise. */
const ADDRESS = /@|:\/\/|\bwww\.|\.(?:fr|com|org|net|eu)\b/i
const LONE = /\p{L}+/gu
/* None of these is a word without its accents. */
const ACCENTS = new Map(
  `français ça était étais étaient très après même déjà voilà problème problèmes équipe être réussi téléphone école épicerie
  numéro matériel sécurité métier métiers expérience dernière première bientôt plutôt aussitôt collègue collègues clientèle
  général électricité hôpital hôtel fenêtre tête fête théâtre`
    .split(/\s+/)
    .map((word) => [word.normalize("NFD").replace(/\p{M}/gu, ""), word]),
)

const capital = (word) => word[0].toUpperCase() + word.slice(1)

/* *right* in the letters of *word*: all of them capitals, the first one, or none. */
function cased(right, word) {
  if (word === word.toUpperCase()) return right.toUpperCase()
  return word[0] === word[0].toLowerCase() ? right : capital(right)
}

/* *text* as it would be written, and what changes: pairs of before and after. */
export function corrected(text) {
  const pairs = new Map()
  const noted = (before, after) => {
    pairs.set(before, after)
    return after
  }
  const joined = text.replace(LOST, (whole, before, lost, next, at) => {
    if (/\d\s*$/.test(text.slice(0, at + before.length))) return whole // « 2 m à gauche »
    const word = lost.trim()
    const [place] = text.slice(at + whole.length - next.length).split(/\s/, 1) // « l hotel-du-port.fr »
    const right = next === "a" && word.toLowerCase() === "jusqu" ? "à" : (!ADDRESS.test(place) && ACCENTS.get(next)) || next
    return before + noted(lost + next, `${word}’${right}`)
  })
  const accented = (word) => {
    const right = ACCENTS.get(word.toLowerCase())
    return right ? noted(word, cased(right, word)) : word
  }
  const written = joined.replace(/\S+/g, (said) => (ADDRESS.test(said) ? said : said.replace(LONE, accented)))
  const [first] = (!ADDRESS.test(written.split(/\s/, 1)[0]) && written.match(/^\p{Ll}[\p{L}’]*/u)) || []
  const begun = first ? capital(first) + written.slice(first.length) : written
  if (first) noted([...pairs.keys()].find((before) => pairs.get(before) === first) || first, capital(first))
  return { text: begun, pairs: [...pairs] }
}

class WordCorrections extends HTMLElement {
  connectedCallback() {
    this.answers = [...this.querySelectorAll("template[data-after]")].map((one) => ({
      ...one.dataset,
      ...corrected(one.content.textContent),
    }))
    this.changed = this.answers.filter(({ pairs }) => pairs.length)
    const pairs = this.changed.flatMap((one) => one.pairs)
    if (!pairs.length || sessionStorage.getItem("left") === this.name) return
    this.querySelector("[data-count]").textContent = (pairs.length > 1 ? this.dataset.many : this.dataset.one).replace("{}", pairs.length)
    this.querySelector("ul").replaceChildren(...pairs.slice(0, MOST).map((pair) => this.row(...pair)))
    this.querySelector("[data-act=correct]").addEventListener("click", () => this.correct())
    this.querySelector("[data-act=leave]").addEventListener("click", () => this.leave())
    this.hidden = false
  }

  /* Another text has another name, and is looked at anew. */
  get name() {
    return this.answers.map(({ after }) => after).join(" ")
  }

  row(before, after) {
    const row = this.querySelector("template[data-pair]").content.cloneNode(true)
    row.querySelector("del").textContent = before
    row.querySelector("ins").textContent = after
    return row
  }

  async correct() {
    let next = location.pathname
    for (const { to, after, text } of this.changed) {
      const body = new URLSearchParams({ key: this.dataset.key, after, text, over: 1 })
      const answer = await fetch(to, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null)
      if (!answer) return showMessage(this, "offline")
      if (answer.status === 401 || answer.status === 404) return location.reload() // the page says why
      if (!answer.ok || answer.redirected) return showMessage(this, "failed")
      const { at } = await answer.json().catch(() => ({})) // cut short on its way
      if (!at) return showMessage(this, "offline")
      if (new URL(at, location).search) next = at // another window wrote meanwhile: the page that says so
    }
    location.assign(next)
  }

  leave() {
    sessionStorage.setItem("left", this.name)
    this.hidden = true
  }
}

customElements.define("word-corrections", WordCorrections)
