// What npm's @digitalcredentials/verifier-core says of badges: a list of them in, a list of findings out, both JSON.
// It is the real one, with its own contexts.

import './offline.mjs'
import {text} from 'node:stream/consumers'

const {verifyCredential} = await import('@digitalcredentials/verifier-core')

async function look(credential) {
  const {log = [], errors = []} = await verifyCredential({credential, knownDIDRegistries: []})
  const found = Object.fromEntries(log.map(step => [step.id, step.valid ?? step.error.name]))
  return {...found, errors: errors.map(error => error.name)}
}

const findings = []
for(const credential of JSON.parse(await text(process.stdin))) {
  findings.push(await look(credential))
}
process.stdout.write(JSON.stringify(findings))
