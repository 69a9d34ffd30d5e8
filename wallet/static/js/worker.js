/* What a phone keeps to work without Internet (Service Workers, W3C). worker.py writes VERSION, SHELL and OFFLINE above this.

   Rule 1: the network is asked first. A page that was kept is shown only when nothing answers, and says when it was seen.
   Rule 2: pages of a person lie in a cache of their own, named after the mark that the server gives to one sign-in of one
   person (Wallet-Holder). An answer with another mark, or with none, and that cache is deleted: whoever is signed out, or
   somebody else, finds nothing. After 7 days it goes by itself.
   Rule 3: what people show to strangers (/s/) is never touched, and no POST of a foreign page goes through here: the
   server must see where it came from. */
const DAY = 86_400_000
const WEEK = 7 * DAY
const PATIENCE = 6000 // ms of silence after which a kept page is better than none
const shell = `shell ${VERSION}`
const person = `person ${VERSION} `
const ours = (name) => name.startsWith(person)
let purges = 0 // how often somebody left since this worker woke up
let changed = 0 // when something was last sent

addEventListener("install", (event) => event.waitUntil(install()))
addEventListener("activate", (event) => event.waitUntil(takeOver()))
addEventListener("message", (event) => event.waitUntil(keep(event.data.keep)))

addEventListener("fetch", (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (origin !== location.origin || pathname.startsWith("/s/")) return
  const posted = request.method !== "GET"
  if (posted && request.headers.get("origin") !== origin) return
  if (pathname.startsWith("/static/")) return event.respondWith(asset(request))
  if (request.mode === "navigate") return event.respondWith(posted ? send(request) : page(event))
  event.respondWith(posted || request.destination !== "image" ? heard(request) : picture(request))
})

async function install() {
  await (await caches.open(shell)).addAll([...SHELL, ...Object.values(OFFLINE)])
  await skipWaiting()
}

/* A new version begins with nothing of the old one: what was kept is asked for anew. */
async function takeOver() {
  const before = (await caches.keys()).filter((name) => name !== shell && !ours(name))
  const pages = []
  for (const name of before) {
    if (name.startsWith("person ")) pages.push(...(await (await caches.open(name)).keys()))
    await caches.delete(name)
  }
  await registration.navigationPreload?.enable()
  await clients.claim()
  await keep(pages.map((one) => new URL(one.url)).filter(isPage).map((one) => one.pathname))
}

/* --- what is asked for -------------------------------------------------------------------------------------------- */

async function page(event) {
  const { request } = event
  const before = purges
  const asked = (async () => (await event.preloadResponse) || fetch(request))()
  asked.then((answer) => event.waitUntil(note(request.url, answer.headers.has("wallet-keep") ? answer.clone() : answer, before)), () => {})
  const found = await kept(instead(request.url))
  const silence = new Promise((done) => found && setTimeout(done, PATIENCE))
  try {
    return (await Promise.race([asked, silence])) || seen(found)
  } catch {
    return found ? seen(found) : nothing()
  }
}

/* Whoever enters or leaves by a form is seen no more from here: its answer leads elsewhere before it can be read. */
async function send(request) {
  const { pathname } = new URL(request.url)
  try {
    const answer = await fetch(request)
    changed = Date.now()
    if (/^\/(entry|leaving)/.test(pathname)) await purge()
    return answer
  } catch {
    return nothing()
  }
}

async function asset(request) {
  return (await (await caches.open(shell)).match(request)) || (await (await mine())?.match(request)) || fetch(request)
}

/* The picture of a badge and the code of a share never become others: a kept one is as good, and costs nothing. */
async function picture(request) {
  const found = await (await mine())?.match(request)
  return found && isFresh(found) ? found : heard(request)
}

async function heard(request) {
  const before = purges
  const answer = await fetch(request)
  if (request.method !== "GET" && answer.ok) changed = Date.now()
  await hear(answer, before)
  return answer
}

/* --- what is kept ------------------------------------------------------------------------------------------------- */

const SEEN_WITH = / (?:src|href)="(\/static\/[^"]+\.(?:css|js|svg)|\/[^"]+\/(?:picture|qr\.svg))"/g
const isPage = ({ pathname }) => !/\/(picture|qr\.svg)$/.test(pathname)
const keptAt = (found) => Number(found.headers.get("kept-at"))
const isRecent = (found, since = 0) => found && keptAt(found) > Math.max(Date.now() - DAY, since)
const isFresh = (found) => !found.headers.has("kept-at") || Date.now() - keptAt(found) < WEEK // a file of ours has no age

async function mine() {
  const name = (await caches.keys()).find(ours)
  return name && caches.open(name)
}

/* Whose answer this is: of anybody else, nothing stays. What was asked for before somebody left says nothing any more. */
async function hear(answer, before) {
  const holder = before === purges ? answer.headers.get("wallet-holder") : null
  if (holder) await purge(holder === "none" ? null : person + holder)
  return holder
}

async function purge(except) {
  const others = (await caches.keys()).filter((name) => name.startsWith("person ") && name !== except)
  if (except && !others.length) return
  purges += 1
  indexedDB.deleteDatabase("keys") // of what was not sent yet: without it, that stays sealed
  await Promise.all(others.map((name) => caches.delete(name)))
}

/* Keep *answer*, where the server says so, and all that it is seen with. */
async function note(address, answer, before) {
  const holder = await hear(answer, before)
  const now = purges
  const { pathname, search } = new URL(address)
  if (!holder || !answer.headers.has("wallet-keep") || answer.redirected || search) return
  const text = await answer.text()
  if (now !== purges) return
  const cache = await caches.open(person + holder)
  await put(cache, pathname, answer, text)
  for (const [, found] of text.matchAll(SEEN_WITH)) await attend(cache, found)
}

function put(cache, address, answer, body) {
  const headers = new Headers(answer.headers)
  headers.set("kept-at", Date.now())
  headers.delete("content-encoding")
  return cache.put(address, new Response(body, { headers }))
}

/* A file of ours, or a picture of theirs, that a kept page is seen with. */
async function attend(cache, address) {
  try {
    if (address.startsWith("/static/")) {
      if (!(await caches.match(address))) await cache.add(address)
    } else if (!isPage(new URL(address, location.origin)) && !isRecent(await cache.match(address))) {
      const answer = await fetch(address)
      if (answer.ok) await put(cache, address, answer, await answer.blob())
    }
  } catch {
    // The page is kept without it.
  }
}

/* Pages that will be wanted without Internet: each is asked for once a day, one after another; a list, which has no
   number in its address, also after something was sent. */
async function keep(addresses) {
  await sweep()
  if (navigator.connection?.saveData) return
  for (const address of addresses) {
    if (isRecent(await kept(address), /\d/.test(address) ? 0 : changed)) continue
    try {
      const before = purges
      await note(new URL(address, location.origin).href, await fetch(address, { redirect: "manual" }), before)
    } catch {
      return // no network: another time
    }
  }
}

async function sweep() {
  const name = (await caches.keys()).find(ours)
  if (!name) return
  const cache = await caches.open(name)
  const all = await Promise.all((await cache.keys()).map(async (one) => [one, await cache.match(one)]))
  for (const [one, found] of all) if (!isFresh(found)) await cache.delete(one)
  if (!all.some(([, found]) => found.headers.has("kept-at") && isFresh(found))) await caches.delete(name)
}

/* --- what is shown instead ---------------------------------------------------------------------------------------- */

/* What has no page that could be kept, and the kept one that does its work. */
function instead(address) {
  const { pathname } = new URL(address)
  return { "/": "/badges", "/evidence/new": "/evidence/draft" }[pathname] || pathname
}

async function kept(pathname) {
  const cache = await mine()
  const found = cache && (await cache.match(pathname))
  if (!found || isFresh(found)) return found
  await sweep()
}

/* The page as it was kept, which now says when that was. */
async function seen(found) {
  const language = found.headers.get("content-language")
  const when = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short", timeZone: "Europe/Paris" })
  const moment = when.format(keptAt(found)).replace(/(\d+):(\d+)$/, language === "fr" ? "$1\u00a0h\u00a0$2" : "$1:$2")
  const text = (await found.text()).replace('class="seen" hidden', 'class="seen"').replace("<span data-when></span>", moment)
  return new Response(text, { headers: found.headers })
}

async function nothing() {
  const cache = await mine()
  const last = cache && (await cache.match("/badges"))
  const language = last ? last.headers.get("content-language") : navigator.language.slice(0, 2)
  return (await caches.open(shell)).match(OFFLINE[language] || OFFLINE.fr)
}

sweep()
