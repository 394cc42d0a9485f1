import type { Contract } from '../definition/contract.ts'
import type { SourceLocation } from './source-location.ts'
import type { StateShape } from './state-shape.ts'

/** The sources of one version, as its image carries them. */
export interface SourceSet {
  /** Path of the user's file, relative to the project's folder, with forward slashes. */
  readonly entry: string
  /** Texts by path relative to the project's folder, with forward slashes. */
  readonly files: Readonly<Record<string, string>>
  /**
   * Versions of the imported npm packages, by their folders; other releases have other types. Default: those installed.
   */
  readonly typings?: Readonly<Record<string, string>>
  /** Label of the version where it is known: needed when the source computes it. */
  readonly version?: string
}

/** Asks whether the types of a version fit those of the version before it. */
export interface TypecheckRequest {
  /** Absolute path of the project's folder. Npm packages and tsconfig.json are searched from there. */
  readonly root: string
  readonly older: SourceSet
  readonly newer: SourceSet
}

/** A fault in types. `file` is the absolute path of the user's file; line and column count from 1. */
export interface TypeFault extends SourceLocation {
  /** Names the expected and the actual type. */
  readonly message: string
  /** The lines around it, numbered, with a caret below the place. */
  readonly frame: string
}

/** All faults, in the order of files and lines. Empty when everything fits. */
export interface TypeFaults {
  readonly kind: 'faults'
  readonly faults: readonly TypeFault[]
  /** Undefined where a definition does not list its members, or cannot be read. */
  readonly contracts: TypedContracts | undefined
}

/** The contract of a version as its source declares it; nothing is run. */
export type TypedContract = Pick<
  Contract,
  'version' | 'calls' | 'casts' | 'emits' | 'codeChange' | 'downgrade'
>

/** The contracts of two versions. */
export interface TypedContracts {
  readonly older: TypedContract
  readonly newer: TypedContract
}

/** The states of the older version by their type. */
export interface TypedState {
  readonly kind: 'shape'
  /** Undefined where the definition cannot be followed. */
  readonly shape: StateShape | undefined
}

/** There is no TypeScript that could check. */
export interface CompilerFailure {
  readonly kind: 'no-compiler'
  /** The compiler found instead, such as `typescript 5.3.3 at /…`. */
  readonly received: string
  readonly message: string
}
