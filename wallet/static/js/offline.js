/* Has the browser keep what works without Internet (worker.js), once the page is there: nobody waits for it. */
async function begin() {
  try {
    await navigator.serviceWorker.register("/worker.js", { updateViaCache: "none" })
    const { active } = await navigator.serviceWorker.ready
    const wanted = [...document.querySelectorAll("[data-keep]")].flatMap((one) => (one.dataset.keep || one.pathname).split(" "))
    active.postMessage({ keep: [...new Set(wanted)] })
  } catch {
    // This browser keeps nothing, as in a private window: all works as long as there is Internet.
  }
}

if (navigator.serviceWorker) addEventListener("load", () => setTimeout(begin))
