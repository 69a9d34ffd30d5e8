/* Says a sentence of *element*, which waits in a template beside its line of status; "" says nothing any more. A link in it
   leads to *address*. */
export function showMessage(element, name, address) {
  const message = name && element.querySelector(`:scope > [data-message="${name}"]`).content.cloneNode(true)
  if (address) message.querySelector("a").href = address
  const status = element.querySelector(":scope > [role=status]") || element.querySelector("[role=status]")
  status.replaceChildren(...(message ? [message] : []))
  return status
}
