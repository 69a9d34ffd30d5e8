// Issues SD-JWT with npm's @sd-jwt/*: a list of orders in, a list of what was made out, both JSON.
//
// An order names the algorithm, the claims, the frame of what can be shown one by one, which of it is shown, the issuer
// (without one it is the key itself, a did:jwk), and if wanted: a holder who shows their key ("bound"), the form ("flat",
// "general": the JSON serializations), and the value in a Token Status List ("status"). Every key is made here, for this
// once. Out go all of it, what is shown, and what the issuer's web answers.

import {createHash, randomBytes} from 'node:crypto'
import {text} from 'node:stream/consumers'
import * as jose from 'jose'
import {FlattenJSON, GeneralJSON, SDJwtInstance} from '@sd-jwt/core'
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc'
import {StatusList, createHeaderAndPayload} from '@sd-jwt/jwt-status-list'

const LIST = 'https://list.example/tokens/1'
const utf8 = new TextEncoder()
const hasher = (data, name) => createHash(name.replace('-', '')).update(typeof data === 'string' ? data : Buffer.from(data)).digest()

// The tools sign what they are given a function for: jose does, over `header.payload` as it stands.
async function signerOf(privateKey, alg) {
  const key = await crypto.subtle.importKey('jwk', await jose.exportJWK(privateKey), ALGORITHMS[alg], false, ['sign'])
  return async data => jose.base64url.encode(new Uint8Array(await crypto.subtle.sign(ALGORITHMS[alg], key, utf8.encode(data))))
}

const ALGORITHMS = {
  ES256: {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'},
  ES384: {name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384'},
  EdDSA: {name: 'Ed25519'},
}

async function issue({algorithm, claims, frame, shown, issuer, bound, form, status, hash = 'sha-256'}) {
  const {publicKey, privateKey} = await jose.generateKeyPair(algorithm, {extractable: true})
  const holder = await jose.generateKeyPair('ES256', {extractable: true})
  const jwk = await jose.exportJWK(publicKey)
  const did = `did:jwk:${jose.base64url.encode(JSON.stringify(jwk))}`
  const name = issuer ?? did
  const kid = issuer?.startsWith('https:') ? 'key-1' : issuer ? `${issuer}#key-1` : `${did}#0`
  const isModel = '@context' in claims
  const tool = new (isModel ? SDJwtInstance : SDJwtVcInstance)({
    signer: await signerOf(privateKey, algorithm),
    signAlg: algorithm,
    hasher,
    hashAlg: hash,
    saltGenerator: () => randomBytes(16).toString('base64url'),
    kbSigner: await signerOf(holder.privateKey, 'ES256'),
    kbSignAlg: 'ES256',
  })
  const said = {...claims, ...(isModel ? {issuer: {...claims.issuer, id: name}} : {iss: name})}
  if(bound) said.cnf = {jwk: await jose.exportJWK(holder.publicKey)}
  if(status !== undefined) said.status = {status_list: {idx: 3, uri: LIST}}
  const whole = await tool.issue(said, frame, {header: {kid, ...(isModel ? {typ: 'vc+sd-jwt'} : {})}})
  const binding = bound && {payload: {iat: Math.floor(Date.now() / 1000), aud: 'https://verifier.example', nonce: 'n'}}
  let secured = shown || binding ? await tool.present(whole, shown, binding ? {kb: binding} : {}) : whole
  if(form === 'flat') secured = JSON.stringify(FlattenJSON.fromEncode(secured).toJson())
  if(form === 'general') secured = JSON.stringify(GeneralJSON.fromEncode(secured).toJson())
  return {secured, whole, web: {...published(issuer, jwk, kid), ...await listed(status, privateKey, algorithm, name, kid)}}
}

function published(issuer, publicKeyJwk, kid) {
  if(issuer?.startsWith('did:web:')) {
    const method = {id: kid, type: 'JsonWebKey', controller: issuer, publicKeyJwk}
    const document = {id: issuer, verificationMethod: [method], assertionMethod: [kid]}
    return {[`https://${issuer.slice(8)}/.well-known/did.json`]: document}
  }
  const metadata = {issuer, jwks: {keys: [{...publicKeyJwk, kid}]}}
  return issuer ? {[`${new URL(issuer).origin}/.well-known/jwt-vc-issuer`]: metadata} : {}
}

async function listed(value, privateKey, alg, iss, kid) {
  if(value === undefined) return {}
  const values = [1, 1, 1, value, 1, 1, 1, 1].concat(Array(1000).fill(0))
  const {header, payload} = createHeaderAndPayload(
    new StatusList(values, 2), {iss, sub: LIST, iat: Math.floor(Date.now() / 1000), ttl: 3600}, {alg, kid})
  return {[LIST]: await new jose.SignJWT(payload).setProtectedHeader(header).sign(privateKey)}
}

const orders = JSON.parse(await text(process.stdin))
console.log(JSON.stringify(await Promise.all(orders.map(issue))))
