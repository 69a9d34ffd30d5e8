/* In the place of worker.js where the operator has switched it off: what phones kept goes, and so does the worker. */
addEventListener("install", () => skipWaiting())
addEventListener("activate", (event) => event.waitUntil(leave()))

async function leave() {
  for (const name of await caches.keys()) await caches.delete(name)
  indexedDB.deleteDatabase("keys")
  await registration.unregister()
}
