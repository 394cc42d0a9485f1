import type { Declared } from './declared.ts'
import { kindOf } from './object-kind.ts'
import { provePackable } from './payload.ts'
import { isPort, isStream } from './transferables.ts'

/** Where a value is to go, and what crosses to there. */
export interface Destination {
  /** How deep objects may be nested. */
  readonly maxDepth: number
  /** Whether an object of the platform, such as a port or a Blob, arrives as what it is. */
  readonly takes: (object: object) => boolean
  /** @throws for a part that does not cross. */
  readonly prove: (part: unknown) => void
  /** What is carried there beside data. Undefined where nothing is declared. */
  readonly declared?: Declared | undefined
}

/** The same destination with what is declared. */
export function declaring(destination: Destination, declared: Declared | undefined): Destination {
  return declared === undefined ? destination : { ...destination, declared }
}

/**
 * What is nested deeper than a thread's stack allows is never read there, and takes what was posted with it along. Node
 * reads some 1,900 levels on the main thread, and 580 in one with a stack of half a megabyte.
 */
export const MAX_MESSAGE_DEPTH = 500

/** A state is read in threads that run versions. Node reads some 7,700 levels there, unless `stackSizeMb` is less. */
const MAX_STATE_DEPTH = 5000

/** A payload, a reply or another part of a message. */
export const ANOTHER_THREAD: Destination = {
  maxDepth: MAX_MESSAGE_DEPTH,
  takes: (object) => !needsTransfer(object) && isKept(() => structuredClone(object), object),
  prove(part) {
    if (typeof part === 'object' && part !== null && needsTransfer(part)) throw new TypeError(LEFT)
    structuredClone(part)
  },
}

const LEFT = 'only what is transferred can leave its thread'

function needsTransfer(object: object): boolean {
  return isPort(object) || isStream(object)
}

/** The next version of a process: its state goes there as bytes, and main does not read them. */
export const NEXT_VERSION: Destination = {
  maxDepth: MAX_STATE_DEPTH,
  takes: () => false,
  prove: (part) => provePackable([part]),
}

/** The same destination, to which these parts are moved. */
export function withMoved(moved: readonly unknown[], destination = ANOTHER_THREAD): Destination {
  const { takes, prove } = destination
  return {
    ...destination,
    takes: (object) => (moved.includes(object) && !isStream(object)) || takes(object),
    prove(part) {
      if (!moved.includes(part)) prove(part)
    },
  }
}

function isKept(clone: () => unknown, object: object): boolean {
  try {
    const copy = clone() as object
    const isSame = Object.getPrototypeOf(copy) === Object.getPrototypeOf(object)
    return isSame && kindOf(copy) === 'other'
  } catch {
    return false
  }
}
