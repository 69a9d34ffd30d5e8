// How long npm's tools take to verify a badge, for bench/verify.py: one order a line in, one answer a line out, JSON.
// The time is taken in here, around the parsing and the verifying alone; what starts once has started before. It is that
// of the processor, of all threads of this process together.

import './offline.mjs'
import {createInterface} from 'node:readline'

const {verifyCredential} = await import('@digitalcredentials/verifier-core')
const vc = await import('@digitalbazaar/vc')
const {DataIntegrityProof} = await import('@digitalbazaar/data-integrity')
const {cryptosuite} = await import('@digitalbazaar/eddsa-rdfc-2022-cryptosuite')
const {securityLoader} = await import('@digitalcredentials/security-document-loader')

const documentLoader = securityLoader().build()
const suite = new DataIntegrityProof({cryptosuite})

// Each answers why it refuses the badge, with "" when it does not.
const tools = {
  'verifier-core': async credential => {
    const {log = [], errors = []} = await verifyCredential({credential, knownDIDRegistries: []})
    return log.some(step => step.id === 'valid_signature' && step.valid) ? '' : errors.map(one => one.name).join()
  },
  'vc': async credential => {
    const {verified, error} = await vc.verifyCredential({credential, suite, documentLoader})
    return verified ? '' : String(error.errors?.[0] ?? error)
  },
}

for await (const line of createInterface({input: process.stdin})) {
  const {tool, badge, seconds} = JSON.parse(line)
  const times = []
  let refused = ''
  for(const end = performance.now() + seconds * 1000; performance.now() < end || !times.length;) {
    const begin = process.cpuUsage()
    refused = await tools[tool](JSON.parse(badge))
    const {user, system} = process.cpuUsage(begin)
    times.push((user + system) / 1e6)
  }
  process.stdout.write(JSON.stringify({times, refused}) + '\n')
}
