/**
 * What a copy of a graph has to do to be like the original again. Objects are known by numbers, which both sides give
 * in the same order. It is made of few flat lists, which V8 writes and reads fastest.
 */
export interface GraphSlice {
  /** New objects, each a {@link Make} with its operands: they are there before anything refers to them. */
  readonly made: Int32Array
  /** What they are made of, in their order. */
  readonly leaves: readonly unknown[]
  /** What changes inside of objects, each a {@link Step} with its operands. */
  readonly steps: Int32Array
  /** Primitives, in the order in which the steps take them. */
  readonly values: readonly unknown[]
}

/** How a new object is made. Its number is the one after that of the object before. */
export const Make = {
  Record: 0,
  /** A record without a prototype. */
  Bare: 1,
  List: 2,
  Map: 3,
  Set: 4,
  /** As it is: the object comes along. */
  Leaf: 5,
  /** Memory: byteLength. */
  Memory: 6,
  /** A view: kind, number of its memory, offset, length, whether it is a Buffer. */
  View: 7,
  /** An instance of a declared class, whose name comes along. */
  Instance: 8,
} as const

export type Make = (typeof Make)[keyof typeof Make]

/** Operands are: `object`, its number; `…ref`, one value, see {@link PRIMITIVE}; `key`, a value of the list. */
export const Step = {
  /** Keys that objects have in common: count; the keys are values. Its number is the one after that of the one before. */
  Shape: 0,
  /** All fields of a new object: object, shape, ref for each key. */
  Fill: 1,
  /** Takes all fields out: object, shape. */
  Clear: 2,
  /** One field: object, shape, which key, ref. */
  Field: 3,
  /** One field of an object with many: object, key, ref. */
  Put: 4,
  /** Takes one out: object, key. */
  Drop: 5,
  /** Items that follow each other: list, index, count, ref for each. */
  Span: 6,
  /** Removes and inserts items: list, index, removed, inserted. What is inserted is undefined. */
  Splice: 7,
  /** List, length. */
  Length: 8,
  /** An entry of a Map: map, ref of the key, ref. */
  Entry: 9,
  /** A member of a Set: set, ref. */
  Member: 10,
  /** Takes one out of a Map or Set: object, ref. */
  Delete: 11,
  /** The time of a date: date; the time is a value. */
  Time: 12,
  /** A part of memory: memory, offset; the bytes are a value. */
  Bytes: 13,
  /** Nothing refers to it any more: object. */
  Forget: 14,
  /** The graph begins here: ref. */
  Root: 15,
} as const

export type Step = (typeof Step)[keyof typeof Step]

/** In place of the number of an object: the next value. */
export const PRIMITIVE = -1
/** In place of an item: there is none. */
export const HOLE = -2

/** Gathers a slice. */
export class SliceWriter {
  made: number[] = []
  leaves: unknown[] = []
  steps: number[] = []
  values: unknown[] = []

  get isEmpty(): boolean {
    return this.steps.length === 0 && this.made.length === 0
  }

  /** The slice; another begins. */
  take(): GraphSlice {
    const { made, leaves, steps, values } = this
    this.made = []
    this.leaves = []
    this.steps = []
    this.values = []
    return { made: Int32Array.from(made), leaves, steps: Int32Array.from(steps), values }
  }
}
