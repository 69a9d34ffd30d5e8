/* The browser's own sheet to install the wallet: the button is there when the browser said that it has one
   (beforeinstallprompt: Chromium alone). Without it, the way is drawn on /install. */
class InstallApp extends HTMLElement {
  connectedCallback() {
    addEventListener("beforeinstallprompt", (event) => this.offer(event))
    addEventListener("appinstalled", () => this.end())
    this.querySelector("button").addEventListener("click", () => this.sheet.prompt())
  }

  offer(event) {
    event.preventDefault()
    this.sheet = event
    this.hidden = false
    const how = this.nextElementSibling
    if (how.matches("a")) how.hidden = true
  }

  /* It is among the apps now: nobody is asked again in this browser. */
  end() {
    const form = this.parentElement.querySelector("form")
    this.hidden = true
    if (!form) return
    form.closest("section").hidden = true
    fetch(form.action, { method: "POST", redirect: "manual" })
  }
}

customElements.define("install-app", InstallApp)
