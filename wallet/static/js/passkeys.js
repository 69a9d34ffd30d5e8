/* The passkey ceremonies, each an element (data-options, data-finish) around a button, a role=status line and
   sentences: <template data-message="cancelled"> exists no-lock old not-here not-mine late another too-many failed offline.
   A confirmation is around a link or a form instead: once the key was shown, that link is followed, that form sent.
   toJSON() is not used: too young, broken by some password managers, and it hands over a secret (PRF). */
import { fromBase64, toBase64url } from "./encoding.js"

const PATIENCE = 10_000 // milliseconds that are waited for the script that knows of drafts

class Refusal extends Error {}

const offline = () => {
  throw new Refusal("offline")
}

async function post(address, what) {
  const headers = { "Content-Type": "application/json" }
  const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(what) }).catch(offline)
  if (answer.redirected) {
    // The half hour is over, and the door shows where to begin.
    location.assign(answer.url)
    return new Promise(() => {})
  }
  const told = await answer.json().catch(answer.ok ? offline : () => ({})) // cut short on its way
  if (!answer.ok) throw new Refusal(told.message || "failed")
  return told
}

class Ceremony extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button")
    button.addEventListener("click", () => this.begin())
    button.disabled = false
  }

  async begin() {
    if (this.busy) return
    this.busy = true
    this.say("")
    try {
      if (!window.PublicKeyCredential) throw new Refusal("old")
      const options = await post(this.dataset.options, this.wish)
      const key = await this.ask({ ...options, challenge: fromBase64(options.challenge) })
      await this.settle()
      this.end(await post(this.dataset.finish, this.answer(key)))
    } catch (problem) {
      this.say(problem instanceof Refusal ? problem.message : await this.reason(problem.name))
    } finally {
      this.busy = false
    }
  }

  get wish() {
    return { purpose: this.purpose }
  }

  /* What a visitor told goes to us first, while it is still known whose it is and kept here (draft-sender.js), which says it when it does not. */
  async settle() {
    const sender = document.querySelector("draft-sender[data-joins]")
    if (sender) await Promise.race([customElements.whenDefined("draft-sender"), new Promise((done) => setTimeout(done, PATIENCE))])
    if (sender?.settles && !(await sender.settles())) throw new Refusal("")
  }

  end({ go }) {
    location.assign(go)
  }

  answer({ id, rawId, type, authenticatorAttachment, response }) {
    const sent = { clientDataJSON: toBase64url(response.clientDataJSON), ...this.parts(response) }
    return { id, rawId: toBase64url(rawId), type, authenticatorAttachment, response: sent, clientExtensionResults: {} }
  }

  say(name) {
    const find = (one) => this.querySelector(`[data-message="${one}"]`)
    const message = name && (find(name) || find("failed"))
    this.querySelector("[role=status]").replaceChildren(message ? message.content.cloneNode(true) : "")
  }
}

class Registration extends Ceremony {
  get purpose() {
    return "registration"
  }

  /* On a computer that others use, the key is made in a phone beside it. It says whose page it stands on: who shares a phone
     may have entered in another tab since. */
  get wish() {
    return { purpose: this.purpose, shared: "shared" in this.dataset, of: this.dataset.of }
  }

  answer(key) {
    return { ...super.answer(key), shared: "shared" in this.dataset }
  }

  ask(options) {
    const user = { ...options.user, id: fromBase64(options.user.id) }
    const excludeCredentials = options.excludeCredentials.map((key) => ({ ...key, id: fromBase64(key.id) }))
    return navigator.credentials.create({ publicKey: { ...options, user, excludeCredentials } })
  }

  parts(response) {
    const transports = response.getTransports ? response.getTransports() : []
    return { attestationObject: toBase64url(response.attestationObject), transports }
  }

  async reason(name) {
    if (name === "InvalidStateError") return "exists"
    if (name === "ConstraintError") return "no-lock"
    if (name !== "NotAllowedError") return "failed"
    // Who says no, and who has a phone without a lock: the browser tells both alike.
    const locked = await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => true)
    return locked ? "cancelled" : "no-lock"
  }
}

class Authentication extends Ceremony {
  get purpose() {
    return "authentication"
  }

  ask(options) {
    const allowCredentials = (options.allowCredentials || []).map((key) => ({ ...key, id: fromBase64(key.id) }))
    return navigator.credentials.get({ publicKey: { ...options, allowCredentials } })
  }

  answer(key) {
    const shared = this.querySelector("[name=shared]")
    return { ...super.answer(key), shared: Boolean(shared && shared.checked) }
  }

  parts({ authenticatorData, signature, userHandle }) {
    const handle = userHandle && toBase64url(userHandle)
    return { authenticatorData: toBase64url(authenticatorData), signature: toBase64url(signature), userHandle: handle }
  }

  reason(name) {
    return name === "NotAllowedError" ? "cancelled" : "failed"
  }
}

class Confirmation extends Authentication {
  get purpose() {
    return "confirmation"
  }

  connectedCallback() {
    // Where no key can be shown the server asks, and takes the rescue paper; what cannot be done here is said on its page.
    if (!window.PublicKeyCredential && !this.querySelector("[data-message=old]")) return
    this.addEventListener("click", (event) => {
      const link = event.target.closest("a")
      if (link) this.beforehand(event, () => location.assign(link.href))
    })
    this.addEventListener("submit", (event) => this.beforehand(event, () => event.target.submit()))
  }

  beforehand(event, act) {
    event.preventDefault()
    this.act = act
    this.begin()
  }

  end() {
    this.act()
  }
}

/* Around the form of somebody who was signed out meanwhile: they enter, and it is sent. */
class Return extends Confirmation {
  get purpose() {
    return "authentication"
  }

  /* Who has entered another way has no key to show, perhaps: the door (data-entry) leads on whoever is in. */
  async begin() {
    if (this.busy) return
    this.busy = true
    const how = { method: "HEAD", cache: "no-store", redirect: "manual" }
    const entry = await fetch(this.dataset.entry, how).catch(() => ({}))
    this.busy = false
    return entry.type === "opaqueredirect" ? this.end() : super.begin()
  }
}

/* What the phone lists of our keys, brought up to date where the browser can (WebAuthn L3, 5.1.10). */
class News extends HTMLElement {
  async connectedCallback() {
    const { rpId, userId, ids, name } = JSON.parse(this.dataset.news)
    const key = window.PublicKeyCredential
    try {
      if (this.dataset.of === "keys" && key && key.signalAllAcceptedCredentials)
        await key.signalAllAcceptedCredentials({ rpId, userId, allAcceptedCredentialIds: ids })
      if (this.dataset.of === "name" && key && key.signalCurrentUserDetails)
        await key.signalCurrentUserDetails({ rpId, userId, name, displayName: name })
    } catch {
      // The phone goes on listing what it listed: nothing of ours depends on it.
    }
  }
}

customElements.define("passkey-registration", Registration)
customElements.define("passkey-authentication", Authentication)
customElements.define("passkey-confirmation", Confirmation)
customElements.define("passkey-return", Return)
customElements.define("passkey-news", News)
