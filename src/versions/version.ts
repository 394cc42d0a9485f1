import type { ResourceLimits } from 'node:worker_threads'
import type { PermissionSet } from '../options/permissions.ts'
import type { Environment } from '../isolates/environment.ts'
import type { Contract, UpcastName } from '../protocol/definition/contract.ts'
import type { Image } from './image.ts'

/** What the threads of a version may use and do. */
export interface OwnLimits {
  /** Limits of its threads, where its code has some of its own. */
  readonly resourceLimits: ResourceLimits | undefined
  /** What it may do; undefined where it may do anything. */
  readonly permissions: PermissionSet | undefined
}

/** An image that an isolate has imported and found to be a definition. */
export interface Version extends OwnLimits {
  readonly image: Image
  readonly loadedAt: Date
  /** Main's environment as it was loaded: that of all its threads. */
  readonly environment: Environment
  /** The contract of the definition. Its `version` is the label in the line. */
  readonly contract: Contract
  /** The version that the definition itself names. `codeChange`, `downgrade` and `upcast` of others refer to it. */
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

/** An operation: a call or a cast, by number. */
export interface Operation {
  readonly kind: 'call' | 'cast'
  readonly number: number
}

interface VersionOptions extends Partial<OwnLimits> {
  readonly label?: string
}

/** A version of an image and its contract. */
export function createVersion(
  image: Image,
  contract: Contract,
  environment: Environment,
  { label, resourceLimits, permissions }: VersionOptions = {},
): Version {
  const { calls, casts, version: declared } = contract
  const operations = new Map<string, Operation>()
  calls.forEach((name, number) => operations.set(name, { kind: 'call', number }))
  casts.forEach((name, index) => {
    operations.set(name, { kind: 'cast', number: calls.length + index })
  })
  const first = calls.length + casts.length
  const upcasts = new Map(contract.upcasts.map((each, index) => [upcastKey(each), first + index]))
  const labelled = { ...contract, version: label ?? declared }
  const loaded = { image, loadedAt: new Date(), environment, resourceLimits, permissions }
  return { ...loaded, contract: labelled, declared, operations, upcasts }
}

/** The same version under a label made unique by its hash, such as `1.0.0+3f2a9c1b`: a build, in terms of semver. */
export function relabelled(version: Version): Version {
  const { image, contract, declared, environment, resourceLimits, permissions } = version
  const label = `${declared}${declared.includes('+') ? '.' : '+'}${image.hash.slice(0, 8)}`
  const options = { label, resourceLimits, permissions }
  return createVersion(image, { ...contract, version: declared }, environment, options)
}

/** Whether two versions have the same sources of the user, so that only npm packages can differ. */
export function haveSameOwnSources(one: Version, other: Version): boolean {
  return ownSources(one) === ownSources(other)
}

function ownSources({ image }: Version): string {
  const own = image.manifest.sources.filter(({ path }) => !/(^|\/)node_modules\//.test(path))
  return JSON.stringify(own.map(({ path, hash }) => [path, hash]))
}
