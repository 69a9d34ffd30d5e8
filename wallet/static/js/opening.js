/* Tells that somebody looks at this page, after two seconds in which it was visible. Nothing of whoever looks is sent. */
const LOOKED = 2000
const { token } = document.currentScript.dataset
const here = location.href.split(/[?#]/)[0]
let timer

function watch() {
  clearTimeout(timer)
  if (document.visibilityState === "visible") timer = setTimeout(tell, LOOKED)
}

function tell() {
  document.removeEventListener("visibilitychange", watch)
  history.replaceState({ isTold: true }, "") // this page of this tab, loaded again or come back to, knows it
  navigator.sendBeacon("/openings", new URLSearchParams({ token }))
}

/* The page again, checked again or in the other language, is no other opening. */
if (!history.state?.isTold && document.referrer.split(/[?#]/)[0] !== here) {
  document.addEventListener("visibilitychange", watch)
  watch()
}
