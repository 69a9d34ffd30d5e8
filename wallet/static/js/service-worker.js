/* What a phone keeps to work without Internet (Service Workers, W3C). web/service_worker.py writes VERSION, SHELL and OFFLINE above this.

   Rule 1: the network is asked first. A page that was kept is shown only when nothing answers, and says when it was seen.
   Rule 2: pages of a person lie, with all that they are seen with, in a cache of their own, named after the mark that the
   server gives to one sign-in of one person (Wallet-Holder). An answer with another mark, or with none, and that cache is
   deleted: whoever is signed out, or somebody else, finds nothing. After 7 days it goes by itself.
   Rule 3: what people show to strangers (/s/) is never touched, and no POST of a foreign page goes through here: the
   server must see where it came from.
   Rule 4: no answer of the network hangs on what is kept (ifAny). */
const DAY = 86_400_000
const WEEK = 7 * DAY
const PATIENCE = 6000 // ms of silence after which a kept page is better than none, a page cannot speak, and a storage has kept nothing
const shell = `shell ${VERSION}`
const person = "person "
const LEAVES = /^\/(leaving|erasure)$/ // forms after which nothing of anybody stays
const HASHED = /\.[0-9a-f]{10}\.\w+$/ // such a file of ours never becomes another
const READS = ["GET", "HEAD"] // they change nothing (RFC 9110, 9.2.1)
let purges = 0 // how often somebody came or left since this worker woke up
let changed = 0 // when something was last sent
let renewed = 0 // when this version took over
let last // whose answer was heard last
const ready = ifAny(caches.keys().then((names) => (last = names.find(ours)?.slice(person.length))))

addEventListener("install", (event) => event.waitUntil(install()))
addEventListener("activate", (event) => event.waitUntil(takeOver()))
addEventListener("message", (event) => event.waitUntil(keep(event.data.keep)))

addEventListener("fetch", (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (origin !== location.origin || pathname.startsWith("/s/")) return
  const posted = !READS.includes(request.method)
  if (posted && request.headers.get("origin") !== origin && !request.referrer.startsWith(`${origin}/`)) return
  if (pathname.startsWith("/static/")) return event.respondWith(asset(request))
  if (request.mode === "navigate") return event.respondWith(posted ? send(event) : page(event))
  event.respondWith(posted || request.destination !== "image" ? heard(request) : picture(request))
})

async function install() {
  await (await caches.open(shell)).addAll([...SHELL, OFFLINE])
  await skipWaiting()
}

/* Nobody waits for a new version: what was kept stays good to be shown, and is asked for anew as soon as a page says so. */
async function takeOver() {
  renewed = Date.now()
  for (const name of await caches.keys()) if (name !== shell && !ours(name)) await caches.delete(name)
  await clients.claim()
}

/* --- what is asked for -------------------------------------------------------------------------------------------- */

async function page(event) {
  const { request } = event
  const since = now()
  const asked = fetch(request)
  event.waitUntil(asked.then((answer) => note(request.url, answer, since)).catch(() => {}))
  const found = await ifAny(kept(instead(request.url)))
  const silence = new Promise((done) => found && setTimeout(done, PATIENCE))
  try {
    return (await Promise.race([asked, silence])) || seen(found)
  } catch {
    return found ? seen(found) : nothing()
  }
}

/* Whoever enters or leaves by a form is seen no more from here: its answer leads elsewhere before it can be read. Without
   an answer the page stays, with all that was typed, and says so itself. */
async function send({ request, clientId }) {
  const { pathname } = new URL(request.url)
  try {
    const answer = await (LEAVES.test(pathname) ? led(request) : fetch(request))
    await ifAny(outdate(pathname))
    await ready
    if (/^\/(entry|leaving)/.test(pathname)) await ifAny(hears("none"))
    return answer
  } catch {
    if (LEAVES.test(pathname)) await ifAny(hears("none")) // it may have been done, and only the way back was cut
    return (await isToldBy(clientId)) ? new Response(null, { status: 204 }) : nothing()
  }
}

/* WebKit 2.54 waits for ever for a redirect that also clears what it keeps (Clear-Site-Data), unless it may follow it. */
async function led(request) {
  const answer = await fetch(new Request(request, { redirect: "follow" }))
  return answer.redirected ? Response.redirect(answer.url) : answer
}

async function isToldBy(id) {
  const page = id && (await clients.get(id))
  if (!page) return false
  const { port1, port2 } = new MessageChannel()
  const heard = new Promise((done) => (port1.onmessage = () => done(true)))
  page.postMessage("unsent", [port2])
  return Promise.race([heard, new Promise((done) => setTimeout(done, PATIENCE))])
}

async function asset(request) {
  const found = await ifAny(inShell(request).then((ofOurs) => ofOurs || inMine(request)))
  if (found && HASHED.test(request.url)) return found
  return fetch(request).catch((problem) => found || Promise.reject(problem))
}

/* The picture of a badge and the code of a share never become others: a kept one is as good, and costs nothing. */
async function picture(request) {
  const found = await ifAny(inMine(request))
  return found && isFresh(found) ? found : heard(request)
}

async function heard(request) {
  await ready
  const since = now()
  const answer = await fetch(request)
  if (!READS.includes(request.method) && answer.ok) await ifAny(outdate(new URL(request.url).pathname))
  await ifAny(hear(answer, since))
  return answer
}

/* --- what is kept ------------------------------------------------------------------------------------------------- */

const SEEN_WITH = / (?:src|href)="(\/static\/[^"]+\.(?:css|js|svg)|\/[^"]+\/(?:picture|qr\.svg))"/g
const keptAt = (found) => Number(found.headers.get("kept-at"))
const isRecent = (found, since = 0) => found && keptAt(found) > Math.max(Date.now() - DAY, renewed, since)
const isFresh = (found) => !found.headers.has("kept-at") || Date.now() - keptAt(found) < WEEK // a file of ours has no age

const now = () => ({ at: Date.now(), purges })

/* Of nobody nothing is kept: a worker of before did, on a computer of others, and this one takes it away. */
function ours(name) {
  return name.startsWith(person) && name !== `${person}none`
}

const inShell = async (request) => (await caches.open(shell)).match(request)
const inMine = async (request) => (await mine())?.match(request)

/* What is *asked* of the phone's storage; nothing where that is full, broken, or says nothing. */
function ifAny(asked) {
  return Promise.race([asked, new Promise((done) => setTimeout(done, PATIENCE))]).catch(() => {})
}

async function mine() {
  await ready
  const name = person + last
  return (await caches.has(name)) ? caches.open(name) : undefined
}

/* Whose answer this is: of anybody else, nothing stays. What was asked for before somebody came or left says nothing,
   unless it is of whoever came: two answers may tell at once who is there. */
async function hear(answer, since) {
  const said = answer.headers.get("wallet-holder")
  const holder = since.purges === purges || said === last ? said : null
  if (holder) await hears(holder)
  return holder
}

async function hears(holder) {
  if (holder === last) return
  // Of what was not sent yet: without it, that stays sealed. As long as nobody was known here, it is that of whoever is.
  if (last || holder === "none") indexedDB.deleteDatabase("keys")
  last = holder
  purges += 1
  const others = (await caches.keys()).filter((name) => ours(name) && name !== person + holder)
  await Promise.all(others.map((name) => caches.delete(name)))
}

/* Keep *answer*, where the server says so, and all that it is seen with; what is no longer there is not kept either, nor
   what was asked for before something was sent: that may not be in it. */
async function note(address, answer, since) {
  const { pathname, search } = new URL(address)
  const keeps = answer.headers.has("wallet-keep")
  const text = keeps && !search ? answer.clone().text() : "" // before the page reads it
  await ready
  const hearing = hear(answer, since)
  const still = purges
  const holder = await hearing
  if (answer.type === "opaqueredirect" || answer.status === 404 || (holder && answer.ok && !keeps)) await drop(pathname)
  if (!holder || holder === "none" || !keeps || search) return
  const said = await text
  if (still !== purges || since.at < changed) return
  const cache = await caches.open(person + holder)
  await put(cache, pathname, answer, said, since.at)
  if (since.at < changed) return drop(pathname) // while it was being put there
  for (const [, found] of said.matchAll(SEEN_WITH)) await attend(cache, found)
}

function put(cache, address, answer, body, at = Date.now()) {
  const headers = new Headers(answer.headers)
  headers.set("kept-at", at)
  headers.delete("content-encoding")
  return cache.put(address, new Response(body, { headers }))
}

async function drop(pathname) {
  const cache = await mine()
  if (cache) await cache.delete(pathname)
}

/* Something was sent to *pathname*: what is kept of the thing that it is about is no longer so. */
async function outdate(pathname) {
  changed = Date.now()
  const about = /^\/(drafts|[a-z]+\/\d+)/.exec(pathname)
  const cache = about && (await mine())
  if (!cache) return
  const root = about[1] === "drafts" ? "/evidence/" : about[0]
  for (const one of await cache.keys()) {
    const { pathname: path } = new URL(one.url)
    const isOf = path === root || path.startsWith(root.endsWith("/") ? root : `${root}/`)
    if (isPage(path) && path !== "/evidence/draft" && (isOf || (path === "/code" && root.startsWith("/shares")))) await cache.delete(one)
  }
}

const isPage = (path) => !/\/(picture|qr\.svg)$/.test(path)

/* A file of ours, or a picture of theirs, that a kept page is seen with. */
async function attend(cache, address) {
  try {
    if (address.startsWith("/static/")) {
      if (!HASHED.test(address) || !(await caches.match(address))) await cache.add(address)
    } else if (!isRecent(await cache.match(address))) {
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
      const since = now()
      await note(new URL(address, location.origin).href, await fetch(address, { redirect: "manual" }), since)
    } catch {
      return // no network: another time
    }
  }
}

async function sweep() {
  const [cache, name] = [await mine(), person + last]
  if (!cache) return
  const all = await Promise.all((await cache.keys()).map(async (one) => [one, await cache.match(one)]))
  for (const [one, found] of all) if (!isFresh(found)) await cache.delete(one)
  if (!all.some(([, found]) => found.headers.has("kept-at") && isFresh(found))) await caches.delete(name)
}

/* --- what is shown instead ---------------------------------------------------------------------------------------- */

/* What has no page that could be kept, and the kept one that does its work. */
function instead(address) {
  const { pathname } = new URL(address)
  return { "/": "/badges", "/shares/new": "/code", "/evidence/new": "/evidence/draft" }[pathname] || pathname
}

async function kept(pathname) {
  const found = await inMine(pathname)
  if (!found || isFresh(found)) return found
  await sweep()
}

/* A moment as the pages write it (pages/environment.py): « 1er décembre 2026 à 9 h 05 », "1 December 2026 at 9:05". */
function inWords(moment, language) {
  const options = { dateStyle: "long", timeStyle: "short", timeZone: "Europe/Paris" }
  const written = new Intl.DateTimeFormat(language === "fr" ? "fr" : "en-GB", options).format(moment)
  if (language !== "fr") return written.replace(/0(\d:\d+)$/, "$1")
  return written.replace(/^1 /, "1er ").replace(/0?(\d+):(\d+)$/, "$1\u00a0h\u00a0$2")
}

/* The page as it was kept, which now says when that was. */
async function seen(found) {
  const moment = inWords(keptAt(found), found.headers.get("content-language"))
  const text = (await found.text()).replace('class="seen" hidden', 'class="seen"').replace("<span data-when></span>", moment)
  return new Response(text, { headers: found.headers })
}

/* That there is no Internet, and the ways to what was kept: where nothing is shown there is no code. */
async function nothing() {
  const badges = await ifAny(kept("/badges"))
  const found = await ifAny(inShell(OFFLINE))
  if (!found) return Response.error()
  if (!badges) return found
  const ways = (await found.text()).replace('<div class="kept-ways" hidden>', '<div class="kept-ways">')
  const code = await ifAny(kept("/code"))
  return new Response(code ? ways.replace('href="/code" hidden', 'href="/code"') : ways, { headers: found.headers })
}

ifAny(sweep())
