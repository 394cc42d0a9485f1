import { types } from 'node:util'
import { isOrdinary } from './object-kind.ts'

/** How a value that has no fields of its own becomes data and back, without its types. */
export interface LooseCodec {
  readonly is: (value: unknown) => unknown
  readonly encode: (value: unknown) => unknown
  readonly decode: (data: unknown) => unknown
}

/** A class whose instances are carried by their fields. */
export type DeclaredClass = (abstract new (...parameters: never) => unknown) & {
  readonly prototype: object
}

/** The classes and codecs that a definition, or a runtime, declares. */
export class Declared {
  /** What declares them, for errors: the label of a version, or `createRuntime`. */
  readonly owner: string
  readonly #names = new Map<object | null, string>()
  readonly #prototypes = new Map<string, object>()
  readonly #codecs: ReadonlyMap<string, LooseCodec>
  readonly #classes: Readonly<Record<string, DeclaredClass>>

  constructor(
    owner: string,
    classes: Readonly<Record<string, DeclaredClass>>,
    codecs: Readonly<Record<string, LooseCodec>>,
  ) {
    this.owner = owner
    this.#classes = classes
    for (const [name, { prototype }] of Object.entries(classes)) {
      this.#names.set(prototype, name)
      this.#prototypes.set(name, prototype)
    }
    this.#codecs = new Map(Object.entries(codecs))
  }

  /** Undefined where nothing is declared. */
  static of(...[owner, classes, codecs]: ConstructorParameters<typeof Declared>) {
    const isEmpty = Object.keys(classes).length === 0 && Object.keys(codecs).length === 0
    return isEmpty ? undefined : new Declared(owner, classes, codecs)
  }

  /** The classes alone: what a codec makes of a value is data. */
  get withoutCodecs(): Declared {
    return new Declared(this.owner, this.#classes, {})
  }

  /** The name of the class of which this is an instance. One of a subclass is none. */
  classOf(object: object): string | undefined {
    if (types.isProxy(object)) return undefined
    const name = this.#names.get(Object.getPrototypeOf(object) as object | null)
    return name !== undefined && isOrdinary(object) ? name : undefined
  }

  /** Undefined where no class of this name is declared. */
  prototypeOf(name: string): object | undefined {
    return this.#prototypes.get(name)
  }

  /** The name of the first codec that says this is a value of its own. @throws CodecFault */
  codecOf(object: object): string | undefined {
    for (const [name, codec] of this.#codecs) {
      if (attempt(name, 'is', object, () => codec.is(object)) === true) return name
    }
    return undefined
  }

  hasCodec(name: string): boolean {
    return this.#codecs.has(name)
  }

  /** What stands for a value on its way. @throws CodecFault */
  encode(name: string, value: object): unknown {
    return attempt(name, 'encode', value, () => this.#codecs.get(name)?.encode(value))
  }

  /** The value again. `place` is where it will be. @throws CodecFault */
  decode(name: string, data: unknown, place: object): unknown {
    return attempt(name, 'decode', place, () => this.#codecs.get(name)?.decode(data))
  }
}

/** Thrown where a codec of the user's has failed. */
export class CodecFault extends Error {
  readonly codec: string
  readonly step: keyof LooseCodec
  /** At what: the value, or what stands in its place. */
  readonly at: object

  constructor(codec: string, step: keyof LooseCodec, at: object, reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause })
    this.codec = codec
    this.step = step
    this.at = at
  }
}

function attempt(codec: string, step: keyof LooseCodec, at: object, run: () => unknown): unknown {
  try {
    return run()
  } catch (cause) {
    throw new CodecFault(codec, step, at, 'threw', cause)
  }
}
