import type { Contract, UpcastName } from '../protocol/definition/contract.ts'
import type { Image } from './image.ts'

/** An image that an isolate has imported and found to be a definition. */
export interface Version {
  readonly image: Image
  readonly loadedAt: Date
  /** What the definition says, its version being the label that the line knows it by. */
  readonly contract: Contract
  /** The version that the definition itself names: what `codeChange`, `downgrade` and `upcast` of others call it. */
  readonly declared: string
  /** Numbers of the operations on the wire, by name. */
  readonly operations: ReadonlyMap<string, Operation>
  /** Numbers of the operations that translate messages of older versions, by {@link upcastKey}. */
  readonly upcasts: ReadonlyMap<string, number>
}

/** Names one message of one older version. */
export function upcastKey({ from, kind, name }: UpcastName): string {
  return JSON.stringify([from, kind, name])
}

/** What a name of a call or cast stands for. */
export interface Operation {
  readonly kind: 'call' | 'cast'
  readonly number: number
}

/** A version of an image and what an isolate said of it. */
export function createVersion(image: Image, contract: Contract, label?: string): Version {
  const { calls, casts, version: declared } = contract
  const operations = new Map<string, Operation>()
  calls.forEach((name, number) => operations.set(name, { kind: 'call', number }))
  casts.forEach((name, index) => {
    operations.set(name, { kind: 'cast', number: calls.length + index })
  })
  const first = calls.length + casts.length
  const upcasts = new Map(contract.upcasts.map((each, index) => [upcastKey(each), first + index]))
  const labelled = { ...contract, version: label ?? declared }
  return { image, loadedAt: new Date(), contract: labelled, declared, operations, upcasts }
}

/**
 * The same version under a label that its bytes make unique: `1.0.0+3f2a9c1b`, by semver a build of what the definition declares.
 */
export function relabelled({ image, contract, declared }: Version): Version {
  const build = `${declared}${declared.includes('+') ? '.' : '+'}${image.hash.slice(0, 8)}`
  return createVersion(image, { ...contract, version: declared }, build)
}

/** Whether the user's own sources of two versions are equal, so that only npm packages can differ. */
export function haveSameOwnSources(one: Version, other: Version): boolean {
  return ownSources(one) === ownSources(other)
}

function ownSources({ image }: Version): string {
  const own = image.manifest.sources.filter(({ path }) => !/(^|\/)node_modules\//.test(path))
  return JSON.stringify(own.map(({ path, hash }) => [path, hash]))
}
