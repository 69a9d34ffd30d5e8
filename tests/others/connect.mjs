// A strict OAuth client of somebody else's (npm oauth4webapi) before the host of platforms: registers, gets a code with PKCE, tokens,
// refreshes, brings the code again, gives the token back. It speaks over its own stdin and stdout, a line of JSON each: whoever
// started it asks the wallet for it, and says yes as a holder does.
import { createInterface } from "node:readline"
import * as oauth from "oauth4webapi"

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
async function told(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`)
  return JSON.parse((await lines.next()).value)
}
async function ask(url, { method, headers, body }) {
  const { status, headers: back, body: text } = await told({
    ask: { method, url: String(url), headers: Object.fromEntries(new Headers(headers)), body: body === undefined ? null : String(body) },
  })
  return new Response(text || null, { status, headers: back })
}

const how = { [oauth.customFetch]: ask }
const origin = process.argv[2]
const found = await ask(`${origin}/.well-known/badgeconnect.json`, { method: "GET" })
const [api] = (await found.json()).badgeConnectAPI
const server = {
  issuer: origin,
  authorization_endpoint: api.authorizationUrl,
  token_endpoint: api.tokenUrl,
  registration_endpoint: api.registrationUrl,
  revocation_endpoint: api.tokenRevocationUrl,
  code_challenge_methods_supported: ["S256"],
}
const site = "https://cfa.example"
const redirect = `${site}/retour`
const scope = api.scopesOffered.join(" ")
const said = { client_name: "CFA", client_uri: site, software_version: "1", redirect_uris: [redirect], scope }
const registration = await oauth.dynamicClientRegistrationRequest(server, said, how)
const client = await oauth.processDynamicClientRegistrationResponse(registration)
const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const address = new URL(server.authorization_endpoint)
for (const [name, value] of Object.entries({
  client_id: client.client_id,
  redirect_uri: redirect,
  response_type: "code",
  scope,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state,
}))
  address.searchParams.set(name, value)
const { location } = await told({ consent: String(address) })
const back = oauth.validateAuthResponse(server, client, new URL(location), state)

const results = {}
for (const [name, auth] of [
  ["basic", oauth.ClientSecretBasic(client.client_secret)],
  ["post", oauth.ClientSecretPost(client.client_secret)],
]) {
  if (name === "basic") {
    const answer = await oauth.authorizationCodeGrantRequest(server, client, auth, back, redirect, verifier, how)
    results.first = await oauth.processAuthorizationCodeResponse(server, client, answer)
  }
  const before = (results.post ?? results.basic ?? results.first).refresh_token
  const answer = await oauth.refreshTokenGrantRequest(server, client, auth, before, how)
  results[name] = await oauth.processRefreshTokenResponse(server, client, answer)
}
const auth = oauth.ClientSecretBasic(client.client_secret)
await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, auth, results.post.access_token, how))
const after = await oauth.refreshTokenGrantRequest(server, client, auth, results.post.refresh_token, how)
const refusal = await oauth.processRefreshTokenResponse(server, client, after).catch((problem) => problem.error)
await told({ done: { registered: client, ...results, refusal } })
process.exit(0)
