import { invalidResponse } from './invalid-response.ts'
import { allowedAlgorithms, space } from './saml-names.ts'
import { childrenOf, everyElement, type XmlElement } from './xml.ts'

/** What is known of a response before any signature was checked. */
export interface ResponseShape {
  readonly root: XmlElement
  readonly isEncrypted: boolean
  readonly isResponseSigned: boolean
  readonly isAssertionSigned: boolean
}

const idNames = new Set(['id', 'ID', 'Id', 'iD'])

/**
 * Refuses every shape in which what is signed and what is read could differ (S77, S78): one response with one assertion
 * directly in it, ids that are unique, signatures that stand in what they cover and cover nothing else, and algorithms
 * that hold.
 * @throws Refusal `saml_assertion_invalid`
 */
export function judgeShape(root: XmlElement): ResponseShape {
  if (root.name !== 'Response' || root.namespace !== space.protocol) throw invalidResponse('not_a_response')
  if (root.attributes.get('Version') !== '2.0') throw invalidResponse('version')
  const all = [...everyElement(root)]
  const plain = childrenOf(root, space.assertion, 'Assertion')
  const sealed = childrenOf(root, space.assertion, 'EncryptedAssertion')
  // By name alone: one in a namespace of its own would be passed over here and found by somebody else.
  const named = all.filter(({ name }) => name === 'Assertion' || name === 'EncryptedAssertion')
  if (all.filter(({ name }) => name === 'Response').length !== 1) throw invalidResponse('not_one_response')
  if (named.length !== 1 || plain.length + sealed.length !== 1) throw invalidResponse('not_one_assertion')
  judgeIds(all)
  const [assertion] = plain
  const isResponseSigned = judgeSignature(root)
  const isAssertionSigned = assertion !== undefined && judgeSignature(assertion)
  const covered = Number(isResponseSigned) + Number(isAssertionSigned)
  if (all.filter(({ name }) => name === 'Signature').length !== covered) throw invalidResponse('signature_elsewhere')
  if (covered === 0) throw invalidResponse('not_signed')
  return { root, isEncrypted: assertion === undefined, isResponseSigned, isAssertionSigned }
}

function judgeIds(all: readonly XmlElement[]): void {
  const ids = all.flatMap(({ attributes }) =>
    [...attributes].filter(([name]) => idNames.has(name)).map(([, value]) => value),
  )
  if (new Set(ids).size !== ids.length) throw invalidResponse('same_id_twice')
}

/** Whether an element carries its own signature. */
function judgeSignature(element: XmlElement): boolean {
  const signatures = element.children.filter(({ name }) => name === 'Signature')
  const [signature] = signatures
  if (signature === undefined) return false
  if (signatures.length > 1 || signature.namespace !== space.dsig) throw invalidResponse('signatures')
  const info = only(signature, 'SignedInfo')
  only(signature, 'SignatureValue')
  refuseOthers(signature, ['SignedInfo', 'SignatureValue', 'KeyInfo'])
  refuseOthers(info, ['CanonicalizationMethod', 'SignatureMethod', 'Reference'])
  const reference = only(info, 'Reference')
  const id = element.attributes.get('ID') ?? ''
  if (!/^[A-Za-z_][\w.-]{0,255}$/.test(id) || reference.attributes.get('URI') !== `#${id}`)
    throw invalidResponse('reference')
  judgeAlgorithm(only(info, 'CanonicalizationMethod'), allowedAlgorithms.canonical)
  judgeAlgorithm(only(info, 'SignatureMethod'), allowedAlgorithms.signature)
  judgeAlgorithm(only(reference, 'DigestMethod'), allowedAlgorithms.digest)
  only(reference, 'DigestValue')
  refuseOthers(reference, ['Transforms', 'DigestMethod', 'DigestValue'])
  judgeTransforms(only(reference, 'Transforms'))
  return true
}

function judgeTransforms(transforms: XmlElement): void {
  refuseOthers(transforms, ['Transform'])
  if (transforms.children.length > 2) throw invalidResponse('transforms')
  const kinds = transforms.children.map((one) => judgeAlgorithm(one, allowedAlgorithms.transform))
  if (new Set(kinds).size !== kinds.length) throw invalidResponse('transforms')
}

function only(parent: XmlElement, name: string): XmlElement {
  const [first, ...more] = childrenOf(parent, space.dsig, name)
  if (first === undefined || more.length > 0) throw invalidResponse('signature_shape')
  return first
}

function refuseOthers(parent: XmlElement, names: readonly string[]): void {
  const isKnown = (child: XmlElement) => child.namespace === space.dsig && names.includes(child.name)
  if (!parent.children.every(isKnown)) throw invalidResponse('signature_shape')
}

function judgeAlgorithm(method: XmlElement, allowed: ReadonlySet<string>): string {
  const algorithm = method.attributes.get('Algorithm') ?? ''
  if (!allowed.has(algorithm)) throw invalidResponse('algorithm')
  return algorithm
}
