/* The list of what this phone keeps (draft-store.js), where a person looks for it. Of a moment that stands on the page too,
   the server's card makes way for it: what is not finished is one thing, and looks like one. */
import { showMessage } from "./status-message.js"

const WHY = { 401: "signed-out", 409: "signed-out", 413: "full" }

class UnsentDrafts extends HTMLElement {
  async connectedCallback() {
    this.sender = document.querySelector("draft-sender")
    if (!this.sender) return
    await customElements.whenDefined("draft-sender")
    document.addEventListener("draft-changed", () => this.draw())
    document.addEventListener("draft-unsent", ({ detail }) => this.asked && this.say(detail.status))
    this.querySelector("[data-act=send]").addEventListener("click", () => this.send())
    this.draw()
  }

  async send() {
    this.asked = true
    await this.sender.send({ now: true })
    this.asked = false
  }

  async draw() {
    const all = await this.sender.store.list().catch(() => [])
    const shown = all.filter(({ id }) => id !== location.hash.slice(1))
    this.hidden = !shown.length
    this.querySelector("[data-act=send]").hidden = !shown.some((draft) => draft.ready)
    for (const card of document.querySelectorAll("a.moment[data-key]")) card.hidden = false
    this.querySelector("ul").replaceChildren(...shown.reverse().map((draft) => this.row(draft)))
  }

  row(draft) {
    const row = this.querySelector("template[data-row]").content.cloneNode(true)
    const { situation, place, ...words } = draft.said
    const said = row.querySelector(".said")
    said.textContent = Object.values(words).find((text) => text) || (draft.files.length ? said.dataset.voice : said.dataset.nothing)
    const card = this.cardOf(draft)
    if (card) {
      const head = row.querySelector("[data-head]")
      head.hidden = !(card.hidden = true)
      head.append(...card.querySelector(".moment-head").cloneNode(true).childNodes)
    }
    for (const part of row.querySelectorAll("[data-when]")) part.hidden = (part.dataset.when === "ready") !== !!draft.ready
    const { draft: page, moments, gone } = this.dataset
    const moment = `${moments}/${draft.evidence}/`
    const isGone = gone !== undefined && location.pathname.startsWith(moment)
    row.querySelector("a").href = draft.evidence && !isGone ? `${moment}answers/${draft.question || "facts"}` : `${page}#${draft.id}`
    row.querySelector("[data-act=drop]").addEventListener("click", () => this.sender.store.remove(draft))
    return row
  }

  /* The server's card of the moment that *draft* goes to, or that it began. */
  cardOf({ id, evidence }) {
    const begun = evidence ? `[href="${this.dataset.moments}/${evidence}"]` : `[data-key="${id}"]`
    return document.querySelector(`a.moment[data-key]${begun}`)
  }

  say(status) {
    showMessage(this, WHY[status] || (status > 0 ? "busy" : "offline"))
  }
}

customElements.define("unsent-drafts", UnsentDrafts)
