import { inspect, types } from 'node:util'
import { MoultError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import { reasonOf } from '../reason.ts'
import { stepTo } from '../step-to.ts'
import { isTable } from '../definition/table-mark.ts'
import { describe } from './clone-bytes.ts'
import type { CodecFault, Declared } from './declared.ts'
import { ANOTHER_THREAD } from './destination.ts'
import type { Destination } from './destination.ts'
import { fieldFault, isDetached } from './field-fault.ts'
import { kindOf } from './object-kind.ts'
import { isStream } from './transferables.ts'

/** A part that does not cross as it is. */
interface Fault {
  readonly path: string
  readonly received: string
  /** What would become of it. */
  readonly fate: string
  /** What the platform says. */
  readonly cause?: unknown
}

/** A part of the value, by the steps that lead there. */
interface Part {
  readonly value: unknown
  readonly path: string
  readonly depth: number
}

/** The most objects searched for the part at fault: the search must not hold up main. */
const MAX_SEARCH = 100_000
/** The longest path in an error. */
const MAX_PATH = 2_000
/** What is shown of the path to something that is nested too deeply. */
const SHOWN_PATH = 60

/** What stands for a part at fault that was not found. */
export const NOT_FOUND = 'too deep or too large'
const NO_DATA = 'which is not data and cannot be cloned'
const NO_CLASS = 'which would arrive without its class'
const NOT_READ = 'which V8 writes, and cannot read'

/**
 * A coded error for a value that does not cross as it is. Its `path`, from `root` on, leads to the part at fault. Never
 * throws.
 */
export function cloneError(
  code: ErrorCode,
  value: unknown,
  root: string,
  cause?: unknown,
  destination: Destination = ANOTHER_THREAD,
): MoultError {
  const unknown = { path: root, received: NOT_FOUND, fate: NO_DATA }
  const fault: Fault = findFault({ value, path: root, depth: 1 }, destination) ?? unknown
  const { path, received, fate } = fault
  const thrown = cause ?? fault.cause
  return new MoultError(code, `${path} is ${received}, ${fate}`, {
    path,
    expected: expectedFor(fate),
    received,
    ...(thrown !== undefined && { cause: thrown }),
  })
}

/** The error of a codec that has failed at a part of a value. Never throws. */
export function codecError(
  { codec, step, at, message: reason, cause }: CodecFault,
  value: unknown,
  root: string,
  declared: Declared | undefined,
): MoultError {
  const path = placeOf(at, value, root, declared)
  const told = cause === undefined || reason !== 'threw' ? '' : `: ${reasonOf(cause)}`
  const message = `${path}: ${step} of the codec ${codec} ${reason}${told}`
  return new MoultError('CODEC_FAILED', message, {
    path,
    ...(step !== 'is' && { expected: step === 'encode' ? DATA : 'a value' }),
    ...(cause !== undefined && { cause }),
  })
}

/** The path to an object in a value; to the value itself where it is not found. */
export function placeOf(
  object: object,
  value: unknown,
  root: string,
  declared: Declared | undefined,
): string {
  const part = { value, path: root, depth: 1 }
  return searched(part, declared, (each) => (each.value === object ? each.path : undefined)) ?? root
}

function expectedFor(fate: string): string {
  if (fate === NO_TABLE) return 'a table only as a field of the state itself'
  return fate === NO_CLASS ? DECLARED : DATA
}

const DATA = 'data that structured clone carries'
const DECLARED = `${DATA}, or what is declared in classes or codecs`
const NO_STREAM =
  'which would hang when its thread leaves: send what it holds, in messages of its own'
const NO_TABLE = 'which cannot be cloned here: a table has to be a field of the state itself'

/** The first part at fault. */
function findFault(root: Part, destination: Destination): Fault | undefined {
  return searched(root, destination.declared, (part) => {
    try {
      return faultOf(part, destination)
    } catch {
      // A proxy was revoked: the fault is here.
      return { path: part.path, received: describe(part.value), fate: NO_DATA }
    }
  })
}

/** What is said of the first part of which something is, breadth first. */
function searched<Found>(
  root: Part,
  declared: Declared | undefined,
  say: (part: Part) => Found | undefined,
): Found | undefined {
  const queue = [root]
  const seen = new Set<unknown>()
  for (let next = 0; next < queue.length; next++) {
    const part = queue[next] as Part
    if (seen.has(part.value)) continue
    seen.add(part.value)
    const found = say(part)
    if (found !== undefined) return found
    try {
      addParts(part, declared, queue)
    } catch {
      // A getter of the user's may throw.
    }
  }
  return undefined
}

/** One by one: what is spread over the arguments of a call ends the stack where there are many. */
function addParts(part: Part, declared: Declared | undefined, queue: Part[]): void {
  for (const each of partsIn(part, declared)) {
    if (queue.length >= MAX_SEARCH) return
    queue.push(each)
  }
}

function faultOf({ value, path, depth }: Part, destination: Destination): Fault | undefined {
  if (isPrimitive(value)) return undefined
  if (typeof value !== 'object' || value === null) {
    return { path, received: describe(value), ...fateOf(value, destination) }
  }
  if (depth > destination.maxDepth) return tooDeep(path, destination)
  const kind = kindOf(value)
  const received = describe(value)
  if (kind === 'other') {
    if (isTable(value)) return { path, received: 'a table', fate: NO_TABLE }
    if (isStream(value)) return { path, received: describe(value), fate: NO_STREAM }
    const isClass = destination.declared?.classOf(value) !== undefined
    if (!isClass)
      return isTaken(value, destination)
        ? undefined
        : { path, received, ...fateOf(value, destination) }
  }
  const fault = fieldFault(value, kind === 'other' ? 'record' : kind)
  if (fault !== undefined) return { ...fault, path: path + stepIn(fault.key, value) }
  if (kind === 'error' && leadsBack(value as Error)) {
    return { path: `${path}.cause`, received: 'a way back to its own error', fate: NOT_READ }
  }
  return isDetached(value) ? { path, received, fate: 'whose memory has moved away' } : undefined
}

function isTaken(value: object, { declared, takes }: Destination): boolean {
  return declared?.codecOf(value) !== undefined || takes(value)
}

function tooDeep(path: string, { maxDepth }: Destination): Fault {
  const received = `nested deeper than ${maxDepth} levels`
  return { path: shown(path), received, fate: 'which another thread may not be able to read' }
}

/** Whether an error is in its own cause. */
function leadsBack(error: Error): boolean {
  const queue: unknown[] = [error.cause]
  const seen = new Set<unknown>()
  for (let next = 0; next < queue.length && next < MAX_SEARCH; next++) {
    const value = queue[next]
    if (value === error) return true
    if (seen.has(value)) continue
    seen.add(value)
    for (const [, child] of childrenOf(value)) queue.push(child)
  }
  return false
}

function shown(path: string): string {
  return path.length > SHOWN_PATH ? `${path.slice(0, SHOWN_PATH)}…` : path
}

function fateOf(value: unknown, destination: Destination): Pick<Fault, 'fate' | 'cause'> {
  try {
    destination.prove(value)
    return { fate: NO_CLASS }
  } catch (cause) {
    return { fate: NO_DATA, cause }
  }
}

function* partsIn(part: Part, declared: Declared | undefined): Generator<Part> {
  const depth = part.depth + 1
  for (const [step, value] of childrenOf(part.value, declared)) {
    const isLong = part.path.length > MAX_PATH
    yield { value, path: isLong ? part.path : part.path + step, depth }
  }
}

/** Without the primitives, of which there may be millions: they have no faults. */
function* childrenOf(value: unknown, declared?: Declared): Generator<[string, unknown]> {
  if (typeof value !== 'object' || value === null) return
  if (types.isMap(value)) {
    for (const [key, item] of value) {
      if (!isPrimitive(key)) yield [`.key(${label(key)})`, key]
      if (!isPrimitive(item)) yield [`.get(${label(key)})`, item]
    }
  } else if (types.isSet(value)) {
    for (const item of value) if (!isPrimitive(item)) yield [`.has(${label(item)})`, item]
  } else if (types.isNativeError(value)) yield ['.cause', value.cause]
  else if (!isLeaf(value) || declared?.classOf(value) !== undefined) {
    for (const [key, item] of Object.entries(value)) {
      if (!isPrimitive(item)) yield [stepIn(key, value), item]
    }
  }
}

/** Whether a value crosses as it is, for it is no object, function or symbol. */
function isPrimitive(value: unknown): boolean {
  if (typeof value === 'object') return value === null
  return typeof value !== 'function' && typeof value !== 'symbol'
}

/** Whether it holds no other values: a typed array has an entry for each of its numbers. */
function isLeaf(value: object): boolean {
  const kind = kindOf(value)
  return kind !== 'record' && kind !== 'bare' && kind !== 'list'
}

function stepIn(key: PropertyKey, owner: object): string {
  if (typeof key !== 'string') return `[${String(key)}]`
  if (Array.isArray(owner) && /^\d+$/.test(key)) return `[${key}]`
  return stepTo(key)
}

function label(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key)
  return typeof key === 'object' || typeof key === 'function' ? typeof key : inspect(key)
}
