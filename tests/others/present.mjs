// What npm's @digitalcredentials/verifier-core says of unsigned presentations, and of each credential in them; of what
// is enveloped there, which it does not know, jose says it. Texts in, a list of findings for each out, both JSON.

import './offline.mjs'
import {text} from 'node:stream/consumers'
import * as jose from 'jose'

const {verifyPresentation} = await import('@digitalcredentials/verifier-core')

async function enveloped({id}) {
  const token = id.slice(id.indexOf(',') + 1)
  const {kid} = jose.decodeProtectedHeader(token)
  const key = JSON.parse(new TextDecoder().decode(jose.base64url.decode(kid.slice('did:jwk:'.length, -'#0'.length))))
  try {
    const {payload} = await jose.compactVerify(token, await jose.importJWK(key, jose.decodeProtectedHeader(token).alg))
    return {said: JSON.parse(new TextDecoder().decode(payload)), valid_signature: true, errors: []}
  } catch(problem) {
    return {valid_signature: false, errors: [problem.code]}
  }
}

function told({credential, log = [], errors = []}) {
  const found = Object.fromEntries(log.map(step => [step.id, step.valid ?? step.error.name]))
  return {...found, said: credential, errors: errors.map(error => error.name)}
}

async function look(written) {
  const presentation = JSON.parse(written)
  const carried = presentation.verifiableCredential ?? []
  const apart = carried.filter(one => one.type === 'EnvelopedVerifiableCredential')
  const within = carried.filter(one => !apart.includes(one))
  const {presentationResult, credentialResults = [], errors = []} = await verifyPresentation({
    presentation: {...presentation, verifiableCredential: within}, unsignedPresentation: true, knownDIDRegistries: [],
  })
  return {
    presentation: presentationResult,
    errors: errors.map(error => `${error.name} ${error.stackTrace ?? ''}`),
    credentials: [...credentialResults.map(told), ...await Promise.all(apart.map(enveloped))],
  }
}

process.stdout.write(JSON.stringify(await Promise.all(JSON.parse(await text(process.stdin)).map(look))))
