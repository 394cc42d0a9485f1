import { types } from 'node:util'
import type { Declared } from '../../../src/protocol/bytes/declared.ts'
import { describe } from '../../../src/protocol/bytes/clone-bytes.ts'
import { fieldFault, isDetached } from '../../../src/protocol/bytes/field-fault.ts'
import { kindOf } from '../../../src/protocol/bytes/object-kind.ts'
import type { ObjectKind } from '../../../src/protocol/bytes/object-kind.ts'
import { isResizable, partsOf } from '../../../src/protocol/bytes/views.ts'
import type { View } from '../../../src/protocol/bytes/views.ts'
import { partsOfError, patternOf, timeOf } from './leaf-parts.ts'
import type { Form, KeptObjects, Shadow } from './kept-objects.ts'
import { NotCarried } from './not-carried.ts'
import type { Numbering } from './numbering.ts'
import { Shape } from './shape.ts'
import { Make, PRIMITIVE, SliceWriter, Step } from './slice.ts'

/** The most bytes of memory: what is more is copied faster beside the bytes of a whole state. */
const MAX_MEMORY = 16 * 1024 * 1024

/** Writes what has changed in objects, and makes those that the other side does not have yet. */
export class DifferenceWriter {
  readonly slice = new SliceWriter()
  readonly objects: KeptObjects
  /** How much has been done since the slice began: one look at an object that is as it was counts as one. */
  spent = 0
  /** How many values have been written. */
  written = 0
  /** How much has been done for what was written, since the beginning: looks are not in it. */
  spentOnChanges = 0
  /** How much a slice may take. */
  most = Infinity
  readonly #numbering: Numbering
  /** Objects to which nothing referred any more at some time. */
  readonly #left: number[] = []
  readonly #declared: Declared | undefined
  /** Those of declared classes, by their prototypes. */
  readonly #classes = new Map<object, Shape>()
  readonly #record = new Shape(Object.prototype)
  readonly #bare = new Shape(null)
  #shapes = 0
  #memory = 0

  constructor(objects: KeptObjects, numbering: Numbering, declared?: Declared) {
    this.objects = objects
    this.#declared = declared
    this.#numbering = numbering
  }

  /** Whether messages are due. */
  get isDue(): boolean {
    return this.spent >= this.most
  }

  /** Notes how much is done for a change: as much as so many looks. */
  spendOnChange(looks: number): void {
    this.spent += looks
    this.spentOnChanges += looks
  }

  /** Writes a value that an object has from now on. */
  refer(value: unknown): void {
    this.spendOnChange(2)
    this.written++
    if (typeof value === 'object' && value !== null) {
      const number = this.#numbering.find(value) ?? this.#make(value)
      this.objects.count(number, 1)
      this.slice.steps.push(number)
    } else this.#primitive(value)
  }

  /** Writes a value that an object has and keeps, or is about to lose. */
  point(value: unknown): void {
    const number = isObject(value) ? this.#numbering.find(value) : undefined
    if (number === undefined) this.#primitive(value)
    else this.slice.steps.push(number)
  }

  /** An object has lost a value. */
  release(value: unknown): void {
    if (!isObject(value)) return
    const number = this.#numbering.find(value)
    if (number !== undefined && this.objects.count(number, -1) === 0) this.#left.push(number)
  }

  #primitive(value: unknown): void {
    if (typeof value === 'function' || typeof value === 'symbol') throw lost(value)
    this.slice.steps.push(PRIMITIVE)
    this.slice.values.push(value)
  }

  /** Tells the other side of a shape. */
  idOf(shape: Shape): number {
    if (shape.id !== undefined) return shape.id
    const { steps, values } = this.slice
    steps.push(Step.Shape, shape.keys.length)
    for (const key of shape.keys) values.push(key)
    shape.id = this.#shapes++
    return shape.id
  }

  /** Lets go of one object to which nothing refers. False when there is none. */
  forgetOne(referredIn: (number: number, object: object) => Iterable<unknown>): boolean {
    const number = this.#left.pop()
    if (number === undefined) return false
    const object = this.objects.objectAt(number)
    if (object === undefined || this.objects.count(number, 0) > 0) return true
    for (const value of referredIn(number, object)) {
      this.spent++
      this.release(value)
    }
    this.#numbering.forget(object)
    this.objects.letGo(number)
    this.slice.steps.push(Step.Forget, number)
    this.spendOnChange(4)
    return true
  }

  #make(object: object): number {
    const form = this.#begin(object, kindOf(object))
    const number = this.#numbering.give(object)
    this.objects.add(number, object, form, shadowOf(object, form))
    this.spendOnChange(4)
    return number
  }

  #begin(object: object, kind: ObjectKind): Form {
    const { made } = this.slice
    switch (kind) {
      case 'record':
        made.push(Make.Record)
        return this.#record
      case 'bare':
        made.push(Make.Bare)
        return this.#bare
      case 'list':
        made.push(Make.List)
        return 'list'
      case 'map':
        made.push(Make.Map)
        return 'map'
      case 'set':
        made.push(Make.Set)
        return 'set'
      default:
        return this.#beginLeaf(object, kind)
    }
  }

  /** Undefined for what is no instance of a declared class. */
  #beginInstance(object: object): Form | undefined {
    const name = this.#declared?.classOf(object)
    if (name === undefined) return undefined
    const prototype = Object.getPrototypeOf(object) as object
    for (const key in prototype) throw lost(object, `a class with a field ${key}`)
    this.slice.made.push(Make.Instance)
    this.slice.leaves.push(name)
    const shape = this.#classes.get(prototype) ?? new Shape(prototype)
    this.#classes.set(prototype, shape)
    return shape
  }

  #beginLeaf(object: object, kind: ObjectKind): Form {
    const instance = kind === 'other' ? this.#beginInstance(object) : undefined
    if (instance !== undefined) return instance
    const fault = kind === 'other' ? undefined : fieldFault(object, kind)
    if (kind === 'other' || fault !== undefined || isDetached(object)) throw lost(object)
    if (kind === 'error') return this.#error(object as Error)
    if (ArrayBuffer.isView(object)) return this.#view(object as View, kind === 'buffer')
    if (types.isArrayBuffer(object)) return this.#memoryOf(object)
    if (kind === 'date') return this.#leaf(object, 'date')
    if (types.isSharedArrayBuffer(object) && isResizable(object)) throw lost(object)
    return this.#leaf(object, types.isRegExp(object) ? 'pattern' : 'fixed')
  }

  /** What its cause refers to may lead back to it later, which V8 cannot read. */
  #error(error: Error): Form {
    if (Object.hasOwn(error, 'cause') && isObject(error.cause)) {
      throw lost(error, 'an error with an object for its cause')
    }
    return this.#leaf(error, 'error')
  }

  #leaf(object: object, form: Form): Form {
    this.slice.made.push(Make.Leaf)
    this.slice.leaves.push(object)
    return form
  }

  #view(view: View, isBuffer: boolean): Form {
    const { kind, buffer, offset, length } = partsOf(view)
    if (kind < 0 || isResizable(buffer)) throw lost(view)
    const memory = this.#numbering.find(buffer) ?? this.#make(buffer)
    this.objects.count(memory, 1)
    this.slice.made.push(Make.View, kind, memory, offset, length, isBuffer ? 1 : 0)
    return 'view'
  }

  #memoryOf(memory: ArrayBuffer): Form {
    if (isResizable(memory)) throw lost(memory)
    this.#memory += memory.byteLength
    if (this.#memory > MAX_MEMORY) {
      throw new NotCarried('it has large buffers, which are copied beside a whole state')
    }
    this.slice.made.push(Make.Memory, memory.byteLength)
    return 'memory'
  }
}

/** What comes along with an object when it is made. */
function shadowOf(object: object, form: Form): Shadow {
  switch (form) {
    case 'date':
      return timeOf(object)
    case 'error':
      return partsOfError(object as Error)
    case 'pattern':
      return patternOf(object as RegExp)
    case 'fixed':
    case 'view':
      return Object.getPrototypeOf(object) as unknown
    default:
      return undefined
  }
}

/** Whether a value has parts, and a number. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** A value that only a whole state is refused for, or carries. */
export function lost(value: unknown, what = describe(value)): NotCarried {
  return new NotCarried(`it has ${what}, which does not go over piece by piece`)
}
