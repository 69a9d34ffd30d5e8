/* Whoever signs out sends first what this phone keeps (draft-store.js), finished or not; where that cannot be done, they
   are asked. */
import { sentAll } from "./draft-sender.js"
import { ifAny } from "./draft-store.js"
import { showMessage } from "./status-message.js"

class SignOut extends HTMLElement {
  connectedCallback() {
    this.sender = document.querySelector("draft-sender")
    this.form = this.querySelector("form")
    if (this.sender) this.form.addEventListener("submit", (event) => this.leave(event))
    this.at("stay").addEventListener("click", () => this.stay())
    this.at("leave").addEventListener("click", () => this.lose())
  }

  at(act) {
    return this.querySelector(`[data-act=${act}]`)
  }

  async leave(event) {
    event.preventDefault()
    const count = () => ifAny(this.sender.store.count())
    let left = await count()
    if (left) {
      showMessage(this, "sending")
      await sentAll(this.sender)
      left = (await count()) === 0 ? 0 : left // a store that falls silent now still has what it had
    }
    if (left === false) return this.form.submit() // where nothing can be kept, nothing is lost
    if (!left) return this.go()
    showMessage(this, "")
    this.ask(true)
  }

  ask(now) {
    const question = this.querySelector("[data-question]")
    question.hidden = !now
    this.form.hidden = now
    ;(now ? question : this.form.querySelector("button")).focus()
  }

  stay() {
    showMessage(this, "")
    this.ask(false)
  }

  async lose() {
    if (await this.sender.reaches()) return this.go()
    showMessage(this, "offline")
  }

  async go() {
    await ifAny(this.sender.store.forget())
    this.form.submit()
  }
}

customElements.define("leaving-door", SignOut)
