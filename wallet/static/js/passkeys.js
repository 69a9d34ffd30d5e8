/* The two passkey ceremonies, each an element (data-options, data-finish) around a button, a role=status line and
   sentences: <template data-message="cancelled"> exists no-lock old not-here failed offline.
   toJSON() is not used: too young, broken by some password managers, and it hands over a secret (PRF). */
const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0))

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")

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
  const told = await answer.json().catch(() => ({}))
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
      const options = await post(this.dataset.options, { purpose: this.purpose })
      const key = await this.ask({ ...options, challenge: bytes(options.challenge) })
      const { go } = await post(this.dataset.finish, this.answer(key))
      location.assign(go)
    } catch (problem) {
      this.say(problem instanceof Refusal ? problem.message : await this.reason(problem.name))
    } finally {
      this.busy = false
    }
  }

  answer({ id, rawId, type, authenticatorAttachment, response }) {
    const sent = { clientDataJSON: text(response.clientDataJSON), ...this.parts(response) }
    return { id, rawId: text(rawId), type, authenticatorAttachment, response: sent, clientExtensionResults: {} }
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

  ask(options) {
    const user = { ...options.user, id: bytes(options.user.id) }
    const excludeCredentials = options.excludeCredentials.map((key) => ({ ...key, id: bytes(key.id) }))
    return navigator.credentials.create({ publicKey: { ...options, user, excludeCredentials } })
  }

  parts(response) {
    const transports = response.getTransports ? response.getTransports() : []
    return { attestationObject: text(response.attestationObject), transports }
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
    return navigator.credentials.get({ publicKey: options })
  }

  parts({ authenticatorData, signature, userHandle }) {
    const handle = userHandle && text(userHandle)
    return { authenticatorData: text(authenticatorData), signature: text(signature), userHandle: handle }
  }

  reason(name) {
    return name === "NotAllowedError" ? "cancelled" : "failed"
  }
}

customElements.define("passkey-registration", Registration)
customElements.define("passkey-authentication", Authentication)
