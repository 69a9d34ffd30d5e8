/* Has the browser keep what works without Internet (service-worker.js), once the page is there: nobody waits for it. What was sent
   and had no answer leaves the page as it is, and is said here. */
async function begin() {
  try {
    await navigator.serviceWorker.register(`/worker.js?lang=${document.documentElement.lang}`, { updateViaCache: "none" })
    const { active } = await navigator.serviceWorker.ready
    const wanted = [...document.querySelectorAll("[data-keep]")].flatMap((one) => (one.dataset.keep || one.pathname).split(" "))
    active.postMessage({ keep: [...new Set(wanted)] })
  } catch {
    // This browser keeps nothing, as in a private window: all works as long as there is Internet.
  }
}

function tell({ ports: [answer] }) {
  document.querySelector(".unsent")?.remove()
  // « C’est fait. » was said of what was sent before, and would be read of this. Where it offers to undo that, it stays.
  for (const done of document.querySelectorAll(".outcome.ok")) if (!done.querySelector("form, a")) done.remove()
  document.querySelector("main").prepend(document.getElementById("unsent").content.cloneNode(true))
  document.querySelector(".unsent").focus()
  document.dispatchEvent(new Event("unsent")) // whatever waits for the answer waits no more
  answer.postMessage("told")
}

if (navigator.serviceWorker) {
  addEventListener("load", () => setTimeout(begin))
  navigator.serviceWorker.addEventListener("message", tell)
}
