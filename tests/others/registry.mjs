// Whether npm's verifier-core knows the issuer of a badge by a registry: {credential, address, registry} in a list, findings out.
// The registry is answered at its address, as the wallet published it; nothing else is.

import './offline.mjs'
import {text} from 'node:stream/consumers'

const none = globalThis.fetch
let order
globalThis.fetch = async request =>
  String(request.url ?? request) === order?.address
    ? new Response(order.registry, {headers: {'Content-Type': 'application/json'}})
    : none(request)

const {verifyCredential} = await import('@digitalcredentials/verifier-core')
const findings = []
for(order of JSON.parse(await text(process.stdin))) {
  const knownDIDRegistries = [{name: 'Wallet', type: 'dcc-legacy', url: order.address}]
  const {log = []} = await verifyCredential({credential: order.credential, knownDIDRegistries})
  findings.push(Object.fromEntries(log.map(step => [step.id, step.valid ?? step.error?.name])))
}
process.stdout.write(JSON.stringify(findings))
