import type { StandardSchemaV1 } from '@standard-schema/spec'
import { extraArguments } from '../extra-arguments.ts'

/** The vendor of what {@link event} makes: it checks nothing. */
const VENDOR = 'moult'

/** Events by their names, and what their data is: a Standard Schema each, or an {@link event}. */
export type EventTypes = Readonly<Record<string, StandardSchemaV1>>

/** Events that there are not. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type
export type NoEvents = Readonly<Record<never, StandardSchemaV1>>

/** By the names of events, what is given to `context.emit`. */
export type EmittedData<Emits> = {
  readonly [Name in keyof Emits]: Emits[Name] extends StandardSchemaV1<infer Data, unknown>
    ? Data
    : unknown
}

/** By the names of events, what listeners are told. */
export type HeardData<Emits> = {
  readonly [Name in keyof Emits]: Emits[Name] extends StandardSchemaV1<unknown, infer Data>
    ? Data
    : unknown
}

const unchecked: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: VENDOR, validate: (value) => ({ value }) },
}

/** The data of no event. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type
export type NoEventData = EmittedData<NoEvents>

/**
 * Declares the type of an event's data, which is not checked at run time: `emits: { moved: event<{ x: number }>() }`.
 * Without a type the event has no data. Where the data is to be checked, a Standard Schema stands in its place.
 */
export function event(): StandardSchemaV1<undefined>
export function event<Data>(): StandardSchemaV1<Data>
export function event(...given: unknown[]): StandardSchemaV1 {
  if (given.length > 0) throw extraArguments('event', [], given.length)
  return unchecked
}

/** Whether the data of such events is checked. Every image has its own copy of {@link event}. */
export function isChecked(schema: StandardSchemaV1): boolean {
  return schema['~standard'].vendor !== VENDOR
}
