// What npm's verifier-core says of endorsements, which it reads as any credential: {credential, web} in a list, findings out.
// The web is what the wallet published, by its addresses; nothing else is answered.

import './offline.mjs'
import {text} from 'node:stream/consumers'

const none = globalThis.fetch
let order
globalThis.fetch = async request => {
  const said = order?.web[String(request.url ?? request)]
  return said === undefined ? none(request) : new Response(said, {headers: {'Content-Type': 'application/json'}})
}

const {verifyCredential} = await import('@digitalcredentials/verifier-core')
const findings = []
for(order of JSON.parse(await text(process.stdin))) {
  const {log = [], errors = []} = await verifyCredential({credential: order.credential, knownDIDRegistries: []})
  const found = Object.fromEntries(log.map(step => [step.id, step.valid ?? step.error?.name]))
  findings.push({...found, errors: errors.map(error => error.name)})
}
process.stdout.write(JSON.stringify(findings))
