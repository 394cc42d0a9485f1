import { types } from 'node:util'
import { placeOf, codecError } from './clone-error.ts'
import { CodecFault } from './declared.ts'
import type { Declared } from './declared.ts'
import { MoultError } from '../errors.ts'
import { isPromiseLike } from '../promise-like.ts'
import { isPlain, needsDeclared, restorePrototypes } from './prototypes.ts'
import type { Encoded, Instances, Prototypes } from './prototypes.ts'

/**
 * A value that has arrived as what it was: instances of declared classes are such again, and codecs have read what is
 * theirs. Only what is listed beside the value is touched.
 *
 * @param root what the value is called: the path in an error begins with it
 * @param told the value as an error tells of it, where that is another one
 * @returns the value; another one where a codec has written the whole of it
 * @throws MoultError `NOT_DECLARED`, `CODEC_FAILED`
 */
export function revive(
  value: unknown,
  prototypes: Prototypes | undefined,
  declared: Declared | undefined,
  root: string,
  told = (): unknown => value,
): unknown {
  if (prototypes === undefined) return value
  restorePrototypes(prototypes)
  if (!needsDeclared(prototypes)) return value
  const { instances = [], encoded } = prototypes
  const revival = { value, told, declared, root }
  for (const each of instances) giveClass(each, revival)
  return encoded === undefined ? value : decoded(encoded, revival)
}

interface Revival {
  readonly value: unknown
  readonly told: () => unknown
  readonly declared: Declared | undefined
  readonly root: string
}

function giveClass({ name, objects }: Instances, revival: Revival): void {
  const prototype = revival.declared?.prototypeOf(name)
  const [first] = objects
  if (prototype === undefined && first !== undefined)
    throw notDeclared('class', name, first, revival)
  for (const each of objects) if (isPlain(each)) Object.setPrototypeOf(each, prototype ?? null)
}

function decoded({ codecs, places, data, holders }: Encoded, revival: Revival): unknown {
  const values = new Map<unknown, unknown>()
  for (const [at, codec] of codecs.entries()) {
    const place = places[at] ?? {}
    values.set(place, decode(codec, data[at], place, revival))
  }
  for (const each of holders) putInto(each, values)
  return values.has(revival.value) ? values.get(revival.value) : revival.value
}

function decode(codec: string, data: unknown, place: object, revival: Revival): unknown {
  const { declared, root } = revival
  if (declared?.hasCodec(codec) !== true) throw notDeclared('codec', codec, place, revival)
  try {
    const value = declared.decode(codec, data, place)
    if (value !== undefined && !isPromiseLike(value)) return value
    const what = value === undefined ? 'undefined: is a return missing?' : 'a promise'
    throw new CodecFault(codec, 'decode', place, `returned ${what}`)
  } catch (error) {
    if (!(error instanceof CodecFault)) throw error
    throw codecError(error, revival.told(), root, declared)
  }
}

/** Puts values where their places are. What they are put into has just been made. */
function putInto(holder: object, values: ReadonlyMap<unknown, unknown>): void {
  const valueOf = (each: unknown): unknown => (values.has(each) ? values.get(each) : each)
  if (types.isMap(holder)) {
    const entries = [...holder]
    holder.clear()
    for (const [key, value] of entries) holder.set(valueOf(key), valueOf(value))
  } else if (types.isSet(holder)) {
    const members = [...holder]
    holder.clear()
    for (const each of members) holder.add(valueOf(each))
  } else if (types.isNativeError(holder)) holder.cause = valueOf(holder.cause)
  else putIntoFields(holder as Record<string, unknown>, values)
}

function putIntoFields(
  holder: Record<string, unknown>,
  values: ReadonlyMap<unknown, unknown>,
): void {
  for (const key of Object.keys(holder)) {
    const place = holder[key]
    if (values.has(place)) holder[key] = values.get(place)
  }
}

function notDeclared(
  kind: 'class' | 'codec',
  name: string,
  at: object,
  { told, declared, root }: Revival,
): MoultError {
  const path = placeOf(at, told(), root, declared)
  const field = kind === 'class' ? 'classes' : 'codecs'
  const owner = declared?.owner ?? 'what it has arrived at'
  const received = kind === 'class' ? `an instance of ${name}` : `a value of the codec ${name}`
  const expected = `${field}: { ${name} }`
  const message = `${path} is ${received}, and ${owner} declares no ${kind} of this name`
  return new MoultError('NOT_DECLARED', message, { path, expected, received })
}
