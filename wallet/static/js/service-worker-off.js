/* In the place of service-worker.js where the operator has switched it off: what phones kept goes, and so does the worker. */
addEventListener("install", () => skipWaiting())
addEventListener("activate", (event) => event.waitUntil(leave()))

async function leave() {
  await registration.unregister() // first: a page that opens meanwhile would ask for it again
  for (const name of await caches.keys()) await caches.delete(name)
  indexedDB.deleteDatabase("keys")
}
