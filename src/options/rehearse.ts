import * as v from 'valibot'
import { count, isObject, ms, object } from './option-kinds.ts'

/** How long (ms) a dry run makes code fast, where nothing else is said. */
export const WARM_MS = 100

/** Whether there is a dry run. */
const isRehearsed = v.boolean('true, false or an object with warm')

/** False, or how the dry run is made. */
export const rehearse = v.pipe(
  v.lazy((value) => (isObject(value) ? object({ warm: ms }) : isRehearsed)),
  v.transform((given) => (given === true ? { warm: WARM_MS } : given)),
)

/** The same for many processes, of which only some may be tried. */
export const rehearseSome = v.pipe(
  v.lazy((value) =>
    isObject(value)
      ? object({ warm: v.optional(ms, WARM_MS), sample: v.optional(count) })
      : isRehearsed,
  ),
  v.transform((given) => (given === true ? { warm: WARM_MS } : given)),
)

/** The option with its default: false without a dry run. */
export type RehearseSetting =
  false | { readonly warm: number; readonly sample?: number | undefined }
