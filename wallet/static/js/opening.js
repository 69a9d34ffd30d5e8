/* Tells that somebody looks at this page, after two seconds in which it was visible. Nothing of whoever looks is sent. */
const LOOKED = 2000
const { token } = document.currentScript.dataset
const isFirst = performance.getEntriesByType("navigation")[0]?.type === "navigate"
const isFromHere = document.referrer.split(/[?#]/)[0] === location.href.split(/[?#]/)[0]
let timer

function watch() {
  clearTimeout(timer)
  if (document.visibilityState === "visible") timer = setTimeout(tell, LOOKED)
}

function tell() {
  document.removeEventListener("visibilitychange", watch)
  navigator.sendBeacon("/openings", new URLSearchParams({ token }))
}

/* The page again, checked again or in the other language, is no other opening. */
if (isFirst && !isFromHere) {
  document.addEventListener("visibilitychange", watch)
  watch()
}
