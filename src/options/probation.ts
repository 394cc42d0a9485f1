import * as v from 'valibot'
import { anyFunction, count, isObject, ms, object, oneOf, wholeNumber } from './option-kinds.ts'

const isOnProbation = v.boolean('true, false or an object with limits')

const limits = object({
  messages: v.optional(count, 10),
  ms: v.optional(ms, 100),
  maxErrors: v.optional(wholeNumber(0)),
  check: v.optional(anyFunction),
  onRollBack: v.optional(oneOf('replay', 'report'), 'replay'),
})

/** How a new version is on probation. */
export type ProbationSettings = v.InferOutput<typeof limits>

/** False, or the limits of a probation. */
export const probation = v.pipe(
  v.lazy((value) => (isObject(value) ? limits : isOnProbation)),
  v.transform((given): ProbationSettings | false =>
    typeof given === 'object' ? given : given && v.parse(limits, {}),
  ),
)
