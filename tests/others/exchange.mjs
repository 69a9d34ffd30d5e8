// An issuer that gives its badges by exchanges, as the Digital Credentials Consortium’s coordinators do: what the holder signs is
// looked at by npm’s @digitalcredentials/vc, and the badge is issued with it, to the key that signed. It listens on loopback, tells
// its port in a line of JSON, and ends with its standard input.
//
// POST /direct                 a bare signed presentation in, a bare badge out
// POST /request/SUITE          {} in, a request out that takes that suite alone ("any" names none)
// POST /answer                 {"verifiablePresentation"} in, one with the badge out
// GET  /interactions/1?iuv=1   by which protocols the badge is given
// POST /asks, /elsewhere, /endless   a request for badges; one for another host; one after another
// GET  /log                    what came

import './offline.mjs'
import http from 'node:http'
import {text} from 'node:stream/consumers'
import * as vc from '@digitalcredentials/vc'
import * as Ed25519Multikey from '@digitalcredentials/ed25519-multikey'
import {Ed25519Signature2020} from '@digitalcredentials/ed25519-signature-2020'
import {DataIntegrityProof} from '@digitalcredentials/data-integrity'
import {cryptosuite} from '@digitalcredentials/eddsa-rdfc-2022-cryptosuite'
import {securityLoader} from '@digitalcredentials/security-document-loader'

const documentLoader = securityLoader({fetchRemoteContexts: false}).build()
const suite = [new Ed25519Signature2020(), new DataIntegrityProof({cryptosuite})]
const challenge = 'f78e1e08-a2df-46ca-bb0b-6b08e3036815'
const key = await Ed25519Multikey.generate()
const {publicKeyMultibase} = await key.export({publicKey: true})
key.controller = `did:key:${publicKeyMultibase}`
key.id = `${key.controller}#${publicKeyMultibase}`
const log = []

async function isVerified(presentation, domain) {
  const found = await vc.verify({presentation, suite, challenge, domain, documentLoader, unsignedPresentation: false})
  const carried = [presentation.verifiableCredential ?? []].flat().length
  log.push({verified: found.verified, carried, holder: presentation.holder, suite: presentation.proof.cryptosuite ?? presentation.proof.type})
  return found.verified
}

const issue = id => vc.issue({
  documentLoader, suite: new DataIntegrityProof({signer: key.signer(), cryptosuite}),
  credential: {
    '@context': ['https://www.w3.org/ns/credentials/v2', 'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json'],
    id: `urn:uuid:${crypto.randomUUID()}`, type: ['VerifiableCredential', 'OpenBadgeCredential'],
    name: 'S’adapter', validFrom: '2026-01-01T00:00:00Z',
    issuer: {id: key.controller, type: ['Profile'], name: 'Fablab de Caen'},
    credentialSubject: {id, type: ['AchievementSubject'], achievement: {
      id: 'urn:uuid:a1', type: ['Achievement'], name: 'S’adapter', description: 'Changer de geste.', criteria: {narrative: 'Change de geste.'},
    }},
  },
})

const authentication = name => ({
  type: 'DIDAuthentication', acceptedMethods: [{method: 'key'}], ...(name === 'any' ? {} : {acceptedCryptosuites: [{cryptosuite: name}]}),
})

function request(origin, query, path, domain = new URL(origin).host) {
  const service = [{type: 'VerifiableCredentialApiExchangeService', serviceEndpoint: `${origin}${path}`}]
  return {verifiablePresentationRequest: {query: [query], challenge, domain, interact: {service}}}
}

async function answer(path, told, origin) {
  const [, first, last] = path.split('/')
  if(first === 'direct') return await isVerified(told) && issue(told.holder)
  if(first === 'request') return request(origin, authentication(last), '/answer')
  if(first === 'answer') {
    const presentation = told.verifiablePresentation
    return await isVerified(presentation, new URL(origin).host) && {verifiablePresentation: {
      '@context': ['https://www.w3.org/ns/credentials/v2'], type: ['VerifiablePresentation'],
      verifiableCredential: [await issue(presentation.holder)],
    }}
  }
  if(first === 'interactions') return {protocols: {vcapi: `${origin}/request/any`, inviteRequest: `${origin}/x`}}
  if(first === 'asks') return request(origin, {type: 'QueryByExample', credentialQuery: {example: {type: 'OpenBadgeCredential'}}}, '/answer')
  if(first === 'elsewhere') return request(origin, authentication('any'), '/answer', 'bank.example')
  if(first === 'endless') return request(origin, authentication('any'), '/endless')
  return {log}
}

const server = http.createServer(async (asked, answered) => {
  const origin = `http://${asked.headers.host}`, {pathname} = new URL(asked.url, origin)
  const body = await text(asked), out = await answer(pathname, body ? JSON.parse(body) : {}, origin)
  if(pathname !== '/log') log.push({method: asked.method, path: pathname})
  answered.writeHead(out ? 200 : 400, {'content-type': 'application/json'})
  answered.end(JSON.stringify(out || {message: 'not verified'}))
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify({port: server.address().port})}\n`))
process.stdin.resume().on('end', () => process.exit())
