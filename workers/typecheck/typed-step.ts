import type ts from 'typescript'
import type { Misfit } from './version-pair.ts'

/** A step from one state to another, as the newer version of two declares it. */
export interface TypedStep {
  readonly field: 'codeChange' | 'downgrade'
  readonly from: TypedSide
  readonly to: TypedSide
  /** Whether the result should be exactly the other version's state, since its code knows nothing else. */
  readonly isExact: boolean
}

/** A version that a step leads from, or to. */
export interface TypedSide {
  readonly state: ts.Type
  readonly version: string
}

/** A misfit for a step, or a part of it, whose types prove nothing. */
export function unseen(name: string, node: ts.Node): Misfit {
  const message = `the types of ${name} cannot be read; expected functions or 'unchanged', written in place or with types of their own`
  return { node, message, isCompilers: true }
}
