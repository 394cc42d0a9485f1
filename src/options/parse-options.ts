import * as v from 'valibot'
import type { Undrifted } from './option-drift.ts'
import type { MoultError } from '../protocol/errors.ts'
import { noSuchOption } from '../protocol/no-such-option.ts'
import { wrongValue } from '../protocol/wrong-value.ts'
import { UNKNOWN } from './option-kinds.ts'
import { readSafely } from './read-safely.ts'

/**
 * The options of a public function, with defaults filled in. Their type has to agree with the schema.
 * @throws MoultError `INVALID_OPTION` that names the option, what was expected and what came.
 */
export function parseOptions<const Schema extends v.GenericSchema, Options>(
  where: string,
  schema: Schema,
  options: Options & Undrifted<Options, v.InferInput<Schema>>,
): v.InferOutput<Schema> {
  const given: unknown = options
  const result = readSafely(where, () => v.safeParse(schema, given === undefined ? {} : given))
  if (result.success) return result.output
  throw refusal(where, result.issues[0])
}

function refusal(
  where: string,
  { path: steps, input, ...issue }: v.BaseIssue<unknown>,
): MoultError {
  const at = pathOf(steps ?? [])
  if (issue.expected === UNKNOWN)
    return noSuchOption(where, at, String(input), issue.message.split(', '))
  return wrongValue(where, at, issue.message, steps === undefined ? input : steps.at(-1)?.value)
}

/** `mailbox.capacity`, `external[0]`. */
function pathOf(steps: readonly v.IssuePathItem[]): string {
  const texts = steps.map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
  return texts.join('').slice(1) || 'options'
}
