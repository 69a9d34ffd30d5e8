// An issuer of OpenID for Verifiable Credential Issuance 1.0: npm's @openid4vc/openid4vci and oauth2, over HTTPS on loopback.
// offer.mjs CERTIFICATE: certificate and key in one file. The first line that it writes is its port. What it is to do stands in
// the path before everything else, which makes each of them an issuer with a path: POST /trial with an order makes one,
// {format, badges: {id: badge}, flags: [reference, link, tx, deferred, did, unbound, notified]}; GET /trial/NUMBER tells what it was asked.
import fs from 'node:fs'
import https from 'node:https'
import crypto from 'node:crypto'
import {text as whole} from 'node:stream/consumers'
import {Openid4vciIssuer} from '@openid4vc/openid4vci'
import {Oauth2AuthorizationServer, preAuthorizedCodeGrantIdentifier} from '@openid4vc/oauth2'

const pem = fs.readFileSync(process.argv[2], 'utf8')
const b64 = bytes => Buffer.from(bytes).toString('base64url')
const {privateKey, publicKey} = crypto.generateKeyPairSync('ec', {namedCurve: 'P-256'})
const publicJwk = publicKey.export({format: 'jwk'})
const ofDid = did => JSON.parse(Buffer.from(did.split(':')[2].split('#')[0], 'base64url').toString())
const callbacks = {
  hash: (data, name) => crypto.createHash(name.replace('-', '').toLowerCase()).update(data).digest(),
  generateRandom: count => crypto.randomBytes(count),
  clientAuthentication: () => {},
  fetch,
  signJwt: (signer, {header, payload}) => {
    const text = b64(JSON.stringify(header)) + '.' + b64(JSON.stringify(payload))
    const signature = crypto.sign('sha256', Buffer.from(text), {key: privateKey, dsaEncoding: 'ieee-p1363'})
    return {jwt: text + '.' + b64(signature), signerJwk: publicJwk}
  },
  verifyJwt: (signer, {compact}) => {
    const jwk = signer.method === 'jwk' ? signer.publicJwk : signer.method === 'did' ? ofDid(signer.didUrl) : null
    const [header, payload, signature] = compact.split('.'), key = crypto.createPublicKey({key: jwk, format: 'jwk'})
    const text = Buffer.from(header + '.' + payload)
    const verified = crypto.verify('sha256', text, {key, dsaEncoding: 'ieee-p1363'}, Buffer.from(signature, 'base64url'))
    return verified ? {verified, signerJwk: jwk} : {verified}
  },
  decryptJwe: () => ({decrypted: false}),
  encryptJwe: () => { throw new Error('nothing is encrypted here') },
}
const issuer = new Openid4vciIssuer({callbacks}), server = new Oauth2AuthorizationServer({callbacks})
const trials = []

async function begin(order, home) {
  const number = trials.length, origin = `${home}/${number}`, is = flag => (order.flags ?? []).includes(flag)
  const types = order.format.includes('sd-jwt') ? {vct: `${home}/vct`} : {credential_definition: {
    type: ['VerifiableCredential', 'OpenBadgeCredential'],
    ...(order.format === 'jwt_vc_json' ? {} : {'@context': ['https://www.w3.org/ns/credentials/v2']}),
  }}
  const bound = is('unbound') ? {} : {
    cryptographic_binding_methods_supported: is('did') ? ['did:jwk'] : ['jwk'],
    proof_types_supported: {jwt: {proof_signing_alg_values_supported: ['ES256']}},
  }
  const configuration = {format: order.format, scope: 'badge', ...bound, ...types,
    credential_metadata: {display: [{name: 'S’adapter', locale: 'fr-FR'}]}}
  const ids = Object.keys(order.badges)
  const credentialIssuer = issuer.createCredentialIssuerMetadata({
    credential_issuer: origin, credential_endpoint: `${origin}/credential`, nonce_endpoint: `${origin}/nonce`,
    ...(is('deferred') ? {deferred_credential_endpoint: `${origin}/deferred`} : {}),
    notification_endpoint: `${origin}/notification`, display: [{name: 'Fablab de Caen', locale: 'fr'}],
    credential_configurations_supported: Object.fromEntries(ids.map(id => [id, configuration])),
  })
  const authorizationServer = server.createAuthorizationServerMetadata({
    issuer: origin, token_endpoint: `${origin}/token`, 'pre-authorized_grant_anonymous_access_supported': true,
    grant_types_supported: [preAuthorizedCodeGrantIdentifier],
  })
  const issuerMetadata = {credentialIssuer, authorizationServers: [authorizationServer], originalDraftVersion: 'V1'}
  const code = b64(crypto.randomBytes(16)), txCode = is('tx') ? '0042' : undefined
  const offer = await issuer.createCredentialOffer({
    issuerMetadata, credentialConfigurationIds: ids,
    grants: {[preAuthorizedCodeGrantIdentifier]: {'pre-authorized_code': code,
      ...(txCode ? {tx_code: {input_mode: 'numeric', length: 4}} : {})}},
    ...(is('reference') ? {credentialOfferUri: `${origin}/offer`} : {}),
    ...(is('link') ? {credentialOfferScheme: 'https://badges.example/offre'} : {}),
  })
  const known = issuer.getKnownCredentialConfigurationsSupported(credentialIssuer)
  trials.push({order, is, origin, code, txCode, offer, asked: [], told: [], polls: 0, authorizationServer,
    issuerMetadata: {...issuerMetadata, knownCredentialConfigurations: known}})
  return {number, link: offer.credentialOffer}
}

async function token(trial, request, text) {
  const accessTokenRequest = Object.fromEntries(new URLSearchParams(text))
  const asked = {headers: new Headers(request.headers), method: request.method, url: `${trial.origin}/token`}
  const parsed = server.parseAccessTokenRequest({accessTokenRequest, request: asked})
  if(trial.token) return [400, {error: 'invalid_grant'}]
  await server.verifyPreAuthorizedCodeAccessTokenRequest({
    accessTokenRequest: parsed.accessTokenRequest, grant: parsed.grant, request: asked, expectedPreAuthorizedCode: trial.code,
    expectedTxCode: trial.txCode, authorizationServerMetadata: trial.authorizationServer,
  })
  const made = await server.createAccessTokenResponse({
    audience: trial.origin, authorizationServer: trial.origin, expiresInSeconds: 900, subject: 'x',
    signer: {method: 'jwk', publicJwk, alg: 'ES256'},
  })
  trial.token = made.access_token
  return [200, made]
}

async function credential(trial, text) {
  const {issuerMetadata} = trial
  const credentialRequest = JSON.parse(text)
  const asked = issuer.parseCredentialRequest({credentialRequest, issuerMetadata})
  for(const jwt of asked.proofs?.jwt ?? []) {
    await issuer.verifyCredentialRequestJwtProof({jwt, expectedNonce: trial.nonce, issuerMetadata})
  }
  trial.id = credentialRequest.credential_configuration_id
  if(trial.is('deferred')) return [202, {transaction_id: trial.id, interval: 60}]
  const notificationId = trial.is('notified') ? `n-${trial.id}` : undefined
  return [200, issuer.createCredentialResponse({
    credentialRequest: asked, credentials: [{credential: trial.order.badges[trial.id]}], notificationId,
  })]
}

async function answer(request, text) {
  const path = request.url.split('?')[0], home = `https://localhost:${listener.address().port}`
  if(path === '/trial') return [200, await begin(JSON.parse(text), home)]
  if(path.startsWith('/trial/')) {
    const {asked, told} = trials[path.slice('/trial/'.length)]
    return [200, {asked, told}]
  }
  const [, number, what] = path.match(/^\/(?:\.well-known\/[a-z-]+\/)?([0-9]+)(?:\/([a-z]+))?$/) ?? []
  const trial = trials[number]
  if(!trial) return [404, {}]
  trial.asked.push(what ?? path.split('/')[2])
  if(path.startsWith('/.well-known/openid-credential-issuer/')) return [200, trial.issuerMetadata.credentialIssuer]
  if(path.startsWith('/.well-known/oauth-authorization-server/')) return [200, trial.authorizationServer]
  if(what === 'offer') return [200, trial.offer.credentialOfferObject]
  if(what === 'token') return token(trial, request, text)
  if(what === 'nonce') {
    trial.nonce = b64(crypto.randomBytes(12))
    return [200, issuer.createNonceResponse({cNonce: trial.nonce})]
  }
  if(request.headers.authorization !== `Bearer ${trial.token}`) return [401, {error: 'invalid_token'}]
  if(what === 'credential') return credential(trial, text)
  if(what === 'deferred') {
    const {transaction_id: id} = JSON.parse(text)
    return ++trial.polls < 2 ? [202, {transaction_id: id, interval: 60}] :
      [200, {credentials: [{credential: trial.order.badges[id]}], notification_id: `n-${id}`}]
  }
  if(what === 'notification') {
    trial.told.push(JSON.parse(text).event)
    return [204, null]
  }
  return [404, {}]
}

const listener = https.createServer({key: pem, cert: pem}, async (request, response) => {
  const text = await whole(request)
  let status, told
  try {
    [status, told] = await answer(request, text)
  } catch(problem) {
    status = 400
    told = problem.errorResponse ?? {error: 'invalid_request', error_description: String(problem.message ?? problem)}
  }
  response.writeHead(status, {'content-type': 'application/json', 'cache-control': 'no-store'})
  response.end(told ? JSON.stringify(told) : '')
})
listener.listen(0, '127.0.0.1', () => console.log(listener.address().port))
process.stdin.on('end', () => process.exit()).resume()
