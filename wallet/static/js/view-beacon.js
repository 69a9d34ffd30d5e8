/* Tells that somebody looks at this page, after two seconds in which it was visible. Nothing of whoever looks is sent. */
const LOOKED = 2000
const { token } = document.querySelector("script[data-token]").dataset
const share = (address) => address.split(/[?#]/)[0].replace(/\/(verifications|reports)$/, "").toUpperCase()
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

/* The page again, checked again, in the other language or come back to from a report, is no other opening. */
if (!history.state?.isTold && share(document.referrer) !== share(location.href)) {
  document.addEventListener("visibilitychange", watch)
  watch()
}
