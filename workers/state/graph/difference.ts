import { describe } from '../../../src/protocol/bytes/clone-bytes.ts'
import {
  fieldFault,
  hasAccessor,
  hasOnly,
  hasSymbols,
} from '../../../src/protocol/bytes/field-fault.ts'
import { partsOf } from '../../../src/protocol/bytes/views.ts'
import type { View } from '../../../src/protocol/bytes/views.ts'
import { kindOf } from '../../../src/protocol/bytes/object-kind.ts'
import { lost } from './difference-writer.ts'
import type { DifferenceWriter } from './difference-writer.ts'
import { KeptFields, isSameDictionary, writeDictionary } from './dictionary-difference.ts'
import { isSameMap, isSameSet, writeMap, writeSet } from './entries-difference.ts'
import { isSameError, patternOf, timeOf } from './leaf-parts.ts'
import type { ErrorParts } from './leaf-parts.ts'
import type { Form, Shadow } from './kept-objects.ts'
import { checkIsList, isSameList, writeList, writeNewList } from './list-difference.ts'
import { isSameMemory, writeMemory } from './memory-difference.ts'
import {
  MANY_FIELDS,
  checkOnly,
  cleared,
  isSameRecord,
  ownKeys,
  valuesOf,
  writeRecord,
} from './record-difference.ts'
import { Shape } from './shape.ts'
import { Step } from './slice.ts'

type AnyMap = Map<unknown, unknown>
type AnySet = Set<unknown>

/** What remains to be written of an object of many parts. */
export type Writing = Generator<void, void>

/** An object, and what is kept of it. */
export interface Kept {
  readonly number: number
  readonly object: object
  readonly form: Form
  readonly shadow: Shadow
}

/** Whether an object is as it was kept. An object that has not gone over is not. */
export function isSame(
  object: object,
  form: Form,
  shadow: Shadow,
  values: readonly unknown[],
): boolean {
  if (shadow === undefined) return false
  if (form instanceof Shape) return isSameRecord(object, form, values, shadow as number)
  switch (form) {
    case 'fields':
    case 'bareFields':
      return (
        Object.getPrototypeOf(object) === prototypeOf(form) &&
        isSameDictionary(object, shadow as KeptFields)
      )
    case 'list':
      checkIsList(object as unknown[])
      return isSameList(object as unknown[], shadow as unknown[])
    case 'view':
    case 'fixed':
      return Object.getPrototypeOf(object) === shadow && !hasSymbols(object)
    default:
      checkBare(object, form)
      return isSameInside(object, form, shadow)
  }
}

/** Objects whose parts are no fields. */
function isSameInside(object: object, form: Form, shadow: Shadow): boolean {
  switch (form) {
    case 'map':
      return isSameMap(object as AnyMap, shadow as AnyMap)
    case 'set':
      return isSameSet(object as AnySet, shadow as AnySet)
    case 'date':
      return Object.is(timeOf(object), shadow)
    case 'error':
      return isSameError(object as Error, shadow as ErrorParts)
    case 'pattern':
      return patternOf(object as RegExp) === shadow
    case 'memory':
      return isSameMemory(object as ArrayBuffer, shadow as Uint8Array)
    default:
      return true
  }
}

/** What takes a while to compare, and is looked through in parts where messages wait. */
export function isLong(object: object, form: Form, most: number): boolean {
  if (form === 'list') return (object as unknown[]).length > most
  if (form === 'map') return (object as AnyMap).size > most
  if (form === 'set') return (object as AnySet).size > most
  return form === 'fields' || form === 'bareFields' || form === 'memory'
}

/** Writes what has changed in an object. @returns what remains of an object of many parts. */
export function write(kept: Kept, out: DifferenceWriter): Writing | undefined {
  const { number, object, form, shadow } = kept
  if (form instanceof Shape) return writeFields(kept, form, out)
  switch (form) {
    case 'fields':
    case 'bareFields':
      checkKind(object, prototypeOf(form))
      return writeDictionary(number, object, shadow as KeptFields, out)
    case 'list':
      return writeItems(kept, object as unknown[], out)
    case 'map':
      checkBare(object, form)
      return writeMap(number, object as AnyMap, begun(kept, new Map(), out), out)
    case 'set':
      checkBare(object, form)
      return writeSet(number, object as AnySet, begun(kept, new Set(), out), out)
    case 'memory': {
      checkLeaf(object)
      const { byteLength } = object as ArrayBuffer
      const bytes = shadow === undefined ? new Uint8Array(byteLength) : undefined
      return writeMemory(number, object as ArrayBuffer, begun(kept, bytes, out), out)
    }
    default:
      writeLeaf(kept, out)
      return undefined
  }
}

function writeItems(
  kept: Kept,
  list: readonly unknown[],
  out: DifferenceWriter,
): Writing | undefined {
  const whole = kept.shadow === undefined ? writeNewList(kept.number, list, out) : undefined
  if (whole === undefined) return writeList(kept.number, list, begun(kept, [], out), out)
  out.objects.keep(kept.number, 'list', whole)
  return undefined
}

/** The shadow of an object of which something has gone over, or an empty one. */
function begun<Of>(
  { number, form, shadow }: Kept,
  empty: Of,
  { objects }: DifferenceWriter,
): NonNullable<Of> {
  if (shadow !== undefined) return shadow as NonNullable<Of>
  objects.keep(number, form, empty)
  return empty as NonNullable<Of>
}

function writeFields(
  { number, object, shadow }: Kept,
  before: Shape,
  out: DifferenceWriter,
): Writing | undefined {
  const kept = shadow as readonly unknown[] | undefined
  checkKind(object, before.prototype)
  const keys = Object.keys(object)
  out.spendOnChange(4)
  if (keys.length <= MANY_FIELDS) {
    checkOnly(object, keys)
    const [after, values] = writeRecord({ number, record: object, keys, before, kept }, out)
    out.objects.keepRecord(number, after, values)
    return undefined
  }
  if (isClass(before.prototype)) throw lost(object, 'an instance with many fields')
  if (kept !== undefined) cleared(number, before, kept, out)
  const dictionary = new KeptFields()
  const form = before.prototype === null ? 'bareFields' : 'fields'
  out.objects.keep(number, form, dictionary)
  return writeDictionary(number, object, dictionary, out)
}

/** Objects that came along as they were. Where more has changed in them than a part, the whole state goes again. */
function writeLeaf({ number, object, form }: Kept, out: DifferenceWriter): void {
  if (form === 'date') {
    checkLeaf(object)
    out.slice.steps.push(Step.Time, number)
    out.slice.values.push(timeOf(object))
    out.objects.keep(number, form, timeOf(object))
  } else throw lost(object, `${describe(object)} that has changed`)
}

/** The values that an object has, as it was kept. */
export function referredIn(object: object, form: Form, shadow: Shadow): Iterable<unknown> {
  if (shadow === undefined) return form === 'view' ? [partsOf(object as View).buffer] : []
  if (form instanceof Shape || form === 'list') return shadow as unknown[]
  switch (form) {
    case 'fields':
    case 'bareFields':
      return Object.values((shadow as KeptFields).values)
    case 'map':
      return [...(shadow as AnyMap).keys(), ...(shadow as AnyMap).values()]
    case 'set':
      return shadow as AnySet
    case 'view':
      return [partsOf(object as View).buffer]
    default:
      return []
  }
}

/**
 * Looks whether an object of which the parts are as they were has got anything that is none. That takes longer than to
 * compare the parts.
 * @throws NotCarried
 */
export function checkRest(object: object, form: Form): void {
  if (form instanceof Shape) {
    checkKind(object, form.prototype)
    valuesOf(object, ownKeys(object))
  } else if (form === 'fields' || form === 'bareFields') checkKind(object, prototypeOf(form))
  else if (form !== 'list') checkLeaf(object)
  else checkIsList(object as unknown[])
}

/**
 * Looks for what {@link isSame} does not see in an object that is as it was: it would take some times as long.
 * @throws NotCarried
 */
export function checkUnseen(object: object, form: Form): void {
  if (form instanceof Shape) {
    if (hasSymbols(object) || hasAccessor(object, form.keys)) throw lost(object)
  } else if (form === 'view' || form === 'fixed') checkLeaf(object)
}

function checkKind(record: object, prototype: object | null): void {
  if (isClass(prototype)) {
    if (Object.getPrototypeOf(record) !== prototype) throw lost(record)
  } else if (kindOf(record) !== (prototype === null ? 'bare' : 'record')) throw lost(record)
}

/** Whether it is that of a declared class. */
function isClass(prototype: object | null): boolean {
  return prototype !== null && prototype !== Object.prototype
}

const usual: Partial<Record<string, object>> = {
  map: Map.prototype,
  set: Set.prototype,
  date: Date.prototype,
  memory: ArrayBuffer.prototype,
}

/** The same as {@link checkLeaf}, quick where all is as usual. */
function checkBare(object: object, form: string): void {
  const isUsual = Object.getPrototypeOf(object) === usual[form] && hasOnly(object, 0)
  if (!isUsual) checkLeaf(object)
}

/** An object has become one of a class, or has got fields, of which structured clone carries neither. */
function checkLeaf(object: object): void {
  const kind = kindOf(object)
  const fault = kind === 'other' ? undefined : fieldFault(object, kind)
  if (kind === 'other' || fault !== undefined) throw lost(object)
}

function prototypeOf(form: 'fields' | 'bareFields'): object | null {
  return form === 'fields' ? Object.prototype : null
}
