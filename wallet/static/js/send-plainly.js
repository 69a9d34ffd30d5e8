/* A form that htmx sends for a part of its page: where no page of ours comes back, the browser sends it itself, and a whole page
   says what is wrong. Nothing is done twice by it: such forms say how something is to be, or ask for a look. */
let isLeft = false // for another page, at which Firefox and Safari break off what this one asked for

function sendPlainly({ ctx }) {
  const form = ctx?.sourceElement.closest("form")
  const pressed = ctx?.sourceEvent?.submitter
  if (!form || isLeft) return
  if (pressed?.name) {
    const { name, value } = pressed
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }))
  }
  form.submit()
}

document.addEventListener("click", ({ target }) => target.closest("a") && (isLeft = true))
document.addEventListener("submit", (event) => event.defaultPrevented || (isLeft = true))
document.addEventListener("htmx:before:request", () => (isLeft = false))
document.addEventListener("htmx:error", (event) => sendPlainly(event.detail))
document.addEventListener("htmx:after:request", (event) => {
  if (event.detail.ctx.text.includes('id="main"')) return
  event.preventDefault()
  sendPlainly(event.detail)
})
