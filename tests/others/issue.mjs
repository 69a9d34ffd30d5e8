// Issues badges with other people's tools: a list of orders in, a list of what was made out, both JSON.
//
// An order names the tool ("vc": @digitalbazaar/vc, "jose"), what it signs with ("suite" or "algorithm"), the
// credential, and the issuer; without one, the issuer is the key itself (did:key, did:jwk). Every key is made here by
// the tool, for this once. Out go the text and what the issuer's web answers. The contexts are those that npm's own
// packages hold, not the wallet's.

import {text} from 'node:stream/consumers'
import * as jose from 'jose'
import * as vc from '@digitalbazaar/vc'
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey'
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey'
import * as selective from '@digitalbazaar/ecdsa-sd-2023-cryptosuite'
import {DataIntegrityProof} from '@digitalbazaar/data-integrity'
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite'
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite'
import {securityLoader} from '@digitalcredentials/security-document-loader'

const documentLoader = securityLoader().build()

const keyMakers = {
  'Ed25519': () => Ed25519Multikey.generate(),
  'P-256': () => EcdsaMultikey.generate({curve: 'P-256'}),
  'P-384': () => EcdsaMultikey.generate({curve: 'P-384'}),
}

async function issueWithProof({suite, curve, credential, issuer, mandatory, shown}) {
  const key = await keyMakers[curve]()
  const {publicKeyMultibase} = await key.export({publicKey: true})
  const controller = issuer ?? `did:key:${publicKeyMultibase}`
  key.controller = controller
  key.id = `${controller}#${publicKeyMultibase}`
  credential.issuer.id = controller

  const signing = suite === 'ecdsa-sd-2023' ? selective.createSignCryptosuite({mandatoryPointers: mandatory})
    : suite === 'ecdsa-rdfc-2019' ? ecdsaRdfc : eddsaRdfc
  let document = await vc.issue({
    credential, documentLoader, suite: new DataIntegrityProof({signer: key.signer(), cryptosuite: signing}),
  })
  if(shown) {
    const disclosing = selective.createDiscloseCryptosuite({selectivePointers: shown})
    document = await vc.derive({
      verifiableCredential: document, documentLoader, suite: new DataIntegrityProof({cryptosuite: disclosing}),
    })
  }
  const method = {id: key.id, type: 'Multikey', controller, publicKeyMultibase}
  return {secured: JSON.stringify(document), web: published(issuer, method)}
}

async function issueAsToken({algorithm, credential, issuer, model}) {
  const {publicKey, privateKey} = await jose.generateKeyPair(algorithm, {extractable: true})
  const publicKeyJwk = await jose.exportJWK(publicKey)
  const controller = issuer ?? `did:jwk:${jose.base64url.encode(JSON.stringify(publicKeyJwk))}`
  const kid = issuer?.startsWith('https:') ? 'key-1' : issuer ? `${issuer}#key-1` : `${controller}#0`
  credential.issuer.id = controller
  // Verifiable Credentials Data Model 1.1 puts the credential into a claim, 2.0 makes it the claims.
  const claims = model === '1.1' ? {vc: credential, jti: credential.id} : credential
  const secured = await new jose.SignJWT({...claims, iss: controller})
    .setProtectedHeader({alg: algorithm, typ: 'JWT', kid}).sign(privateKey)
  return {secured, web: published(issuer, {id: kid, type: 'JsonWebKey', controller, publicKeyJwk})}
}

// The document of a did:web, or the list of keys beside an address; a key that is its own issuer needs none.
function published(issuer, method) {
  if(issuer?.startsWith('did:web:')) {
    const document = {id: issuer, verificationMethod: [method], assertionMethod: [method.id]}
    return {[`https://${issuer.slice(8)}/.well-known/did.json`]: document}
  }
  const keys = [{...method.publicKeyJwk, kid: method.id}]
  return issuer ? {[`${new URL(issuer).origin}/.well-known/jwks.json`]: {keys}} : {}
}

const orders = JSON.parse(await text(process.stdin))
const tools = {vc: issueWithProof, jose: issueAsToken}
console.log(JSON.stringify(await Promise.all(orders.map(order => tools[order.tool](order)))))
