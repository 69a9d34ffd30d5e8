/* Tells that somebody looks at this page: after two seconds in which it was visible, or as soon as they go on from it to another
   page of the same share, which counts nothing. Nothing of whoever looks is sent. */
const LOOKED = 2000
const { token } = document.querySelector("script[data-token]").dataset
const share = (address) => /^\w+:\/\/[^/]+\/s\/[^/?#]+/.exec(address)?.[0].toUpperCase()
/* Typed from paper, in groups, it is written as the links of the page are: else whoever goes on or comes back is somebody else. */
const written = location.href.replace(/^(\w+:\/\/[^/]+\/s\/)[^/?#]+/, (_, before) => before + token)
if (written !== location.href) history.replaceState(history.state, "", written)
const here = share(location.href)
let timer

function watch() {
  clearTimeout(timer)
  if (document.visibilityState === "visible") timer = setTimeout(tell, LOOKED)
}

/* Whoever asks to check again, for the other language or for more of it has looked, be it sooner. */
function goOn({ target }) {
  const way = target.closest("a")?.href || target.closest("button")?.form?.action
  if (share(way) === here) tell()
}

function listen(how) {
  document[how]("visibilitychange", watch)
  for (const tap of ["click", "auxclick"]) document[how](tap, goOn)
}

function tell() {
  clearTimeout(timer)
  listen("removeEventListener")
  history.replaceState({ isTold: true }, "") // this page of this tab, loaded again or come back to, knows it
  navigator.sendBeacon("/openings", new URLSearchParams({ token }))
}

/* The page again, checked again, in the other language or come back to from a page beneath it, is no other opening. */
if (!history.state?.isTold && share(document.referrer) !== here) {
  listen("addEventListener")
  watch()
}
