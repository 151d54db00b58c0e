import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { freePort } from '../set-up/free-port.ts'
import { certifiedKey } from './key-pair.ts'

/** Its own types would bring those of browsers into every file of ours. */
interface Sp {
  readonly entityMeta: { getEntityID(): string; getAssertionConsumerService(binding: string): string }
}
interface Asked {
  readonly extract: { readonly request: { readonly id: string } }
}
interface Idp {
  getMetadata(): string
  parseLoginRequest(
    sp: Sp,
    binding: string,
    request: { readonly query: Readonly<Record<string, string>>; readonly octetString: string },
  ): Promise<Asked>
  createLoginResponse(
    sp: Sp,
    asked: Asked,
    binding: string,
    user: object,
    options: {
      readonly encryptThenSign: boolean
      customTagReplacement(template: string): { readonly id: string; readonly context: string }
    },
  ): Promise<{ readonly context: string; readonly entityEndpoint: string }>
}
const require = createRequire(import.meta.url)
const samlify = require('samlify') as {
  setSchemaValidator(validator: { validate(xml: string): Promise<string> }): void
  IdentityProvider(settings: object): Idp
  ServiceProvider(settings: { readonly metadata: string; readonly wantMessageSigned: boolean }): Sp
  readonly SamlLib: { replaceTagsByValue(template: string, tags: Readonly<Record<string, string>>): string }
}

/** Somebody with an account at an organisation. */
export interface Employee {
  readonly nameId: string
  readonly attributes: Readonly<Record<string, readonly string[]>>
}

/** A real SAML identity provider on this machine. Whoever is `person` signs in there without being asked. */
export interface SamlIdp {
  readonly entityId: string
  readonly metadata: string
  readonly metadataUrl: string
  /** Who sits in front of the browser; without anybody a page asks for the address. */
  person: Employee | undefined
  /** Makes itself known to a service provider by its metadata. */
  trust(metadata: string): void
  /** Goes where a request leads and answers what the browser would post, and where. */
  visit(url: string): Promise<{ readonly action: string; readonly fields: Readonly<Record<string, string>> }>
  /** How often its metadata was read. */
  reads(): number
  close(): Promise<void>
}

const persistent = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'
const redirect = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'
const authentication =
  '<saml:AuthnStatement AuthnInstant="{IssueInstant}" SessionIndex="{ID}"><saml:AuthnContext><saml:AuthnContextClassRef>' +
  'urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>'

const inMarkup = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;')

function statementOf({ attributes }: Employee): string {
  const all = Object.entries(attributes).map(([name, values]) => {
    const inside = values.map((value) => `<saml:AttributeValue>${inMarkup(value)}</saml:AttributeValue>`)
    return `<saml:Attribute Name="${inMarkup(name)}">${inside.join('')}</saml:Attribute>`
  })
  return all.length === 0 ? '' : `<saml:AttributeStatement>${all.join('')}</saml:AttributeStatement>`
}

const employee = (email: string): Employee => ({ nameId: `id-of-${email}`, attributes: { mail: [email] } })

/** @param more.signs what is signed. Default the assertion */
export async function startSamlIdp(
  more: { readonly signs?: 'assertion' | 'message'; readonly encrypts?: boolean } = {},
): Promise<SamlIdp> {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const entityId = `${origin}/metadata`
  const key = await certifiedKey()
  samlify.setSchemaValidator({ validate: async () => 'skipped' })
  const idp = samlify.IdentityProvider({
    entityID: entityId,
    privateKey: key.privateKey,
    signingCert: key.certificate,
    requestSignatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    wantAuthnRequestsSigned: true,
    isAssertionEncrypted: more.encrypts === true,
    messageSigningOrder: 'encrypt-then-sign',
    singleLogoutService: [{ Binding: redirect, Location: `${origin}/slo` }],
    singleSignOnService: [{ Binding: redirect, Location: `${origin}/sso` }],
    nameIDFormat: [persistent],
  })
  const state: {
    person: Employee | undefined
    sp: Sp | undefined
    reads: number
  } = { person: undefined, sp: undefined, reads: 0 }

  const answer = async (url: URL, person: Employee): Promise<{ action: string; fields: Record<string, string> }> => {
    const { sp } = state
    if (sp === undefined) throw new Error('nobody is trusted')
    const query = Object.fromEntries(url.searchParams)
    const signed = ['SAMLRequest', 'RelayState', 'SigAlg'].map((name) => [name, query[name] ?? ''] as [string, string])
    const octetString = new URLSearchParams(signed).toString()
    // The signature of the request is checked here, by somebody else than who made it.
    const request = await idp.parseLoginRequest(sp, 'redirect', { query, octetString })
    const fill = (template: string) => {
      const now = Date.now()
      const at = (seconds: number) => new Date(now + seconds * 1000).toISOString()
      const callback = sp.entityMeta.getAssertionConsumerService('post')
      const id = `_${randomUUID()}`
      const body = template
        .replace('{AuthnStatement}', authentication)
        .replace('{AttributeStatement}', statementOf(person))
      const context = samlify.SamlLib.replaceTagsByValue(body, {
        ID: id,
        AssertionID: `_${randomUUID()}`,
        Destination: callback,
        Audience: sp.entityMeta.getEntityID(),
        SubjectRecipient: callback,
        Issuer: entityId,
        IssueInstant: at(0),
        StatusCode: 'urn:oasis:names:tc:SAML:2.0:status:Success',
        ConditionsNotBefore: at(-5),
        ConditionsNotOnOrAfter: at(300),
        SubjectConfirmationDataNotOnOrAfter: at(300),
        NameIDFormat: persistent,
        NameID: inMarkup(person.nameId),
        InResponseTo: request.extract.request.id,
      })
      return { id, context }
    }
    const made = await idp.createLoginResponse(
      sp,
      request,
      'post',
      {},
      {
        customTagReplacement: fill,
        encryptThenSign: more.encrypts === true,
      },
    )
    return {
      action: made.entityEndpoint,
      fields: { SAMLResponse: made.context, RelayState: query['RelayState'] ?? '' },
    }
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', origin)
    if (url.pathname === '/metadata') {
      state.reads += 1
      response.writeHead(200, { 'content-type': 'application/samlmetadata+xml' }).end(idp.getMetadata())
      return
    }
    if (url.pathname !== '/sso') {
      response.writeHead(404).end()
      return
    }
    const typed = url.searchParams.get('typed')
    const person = state.person ?? (typed === null ? undefined : employee(typed))
    response.writeHead(200, { 'content-type': 'text/html' })
    if (person === undefined) {
      const hidden = [...url.searchParams].map(
        ([name, value]) => `<input type="hidden" name="${name}" value="${inMarkup(value)}">`,
      )
      response.end(
        `<title>Acme</title><form>${hidden.join('')}<input name="typed"><button>Sign in at Acme</button></form>`,
      )
      return
    }
    const { action, fields } = await answer(url, person)
    const hidden = Object.entries(fields).map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${inMarkup(value)}">`,
    )
    response.end(
      `<title>Back</title><form method="post" action="${inMarkup(action)}">${hidden.join('')}</form><script>document.forms[0].submit()</script>`,
    )
  }
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    entityId,
    metadata: idp.getMetadata(),
    metadataUrl: `${origin}/metadata`,
    get person() {
      return state.person
    },
    set person(person) {
      state.person = person
    },
    trust(metadata) {
      state.sp = samlify.ServiceProvider({
        metadata,
        wantMessageSigned: more.signs === 'message' || more.encrypts === true,
      })
    },
    async visit(url) {
      if (state.person === undefined) throw new Error('nobody is there')
      return answer(new URL(url), state.person)
    },
    reads: () => state.reads,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
