import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describe } from '../../src/protocol/bytes/clone-bytes.ts'
import { MoultError, isMoultError } from '../../src/protocol/errors.ts'
import type { ErrorCode } from '../../src/protocol/errors.ts'
import { isPromiseLike } from '../../src/protocol/promise-like.ts'
import { reasonOf } from '../../src/protocol/reason.ts'
import { stepTo } from '../../src/protocol/step-to.ts'

/** The code of a refusal, and the name of the value in it. */
export interface Check {
  readonly code: ErrorCode
  /** The name of the value, with which the path to the fault starts. */
  readonly root: string
}

/**
 * Checks a value by a Standard Schema and returns its output (defaults filled in, texts trimmed …). A promise only
 * where the schema is asynchronous.
 * @throws MoultError with the check's code, the path at fault, and the schema's own message. A schema that throws, or
 * returns no result, refuses.
 */
export function validated(schema: StandardSchemaV1, value: unknown, check: Check): unknown {
  const guard = guarded(check)
  const result: unknown = guard(() => schema['~standard'].validate(value))
  if (!isPromiseLike(result)) return guard(() => outputOf(result, value, check))
  const settled = Promise.resolve(result).catch((cause: unknown) => {
    throw schemaError(check, cause)
  })
  return settled.then((late) => guard(() => outputOf(late, value, check)))
}

/** Checks a record's value, which stays as it is. @throws MoultError `INVALID_STATE` with the path to the fault */
export function checkRecord(schema: StandardSchemaV1, value: unknown, path: string): void {
  const result = validated(schema, value, { code: 'INVALID_STATE', root: path })
  if (!isPromiseLike(result)) return
  result.then(undefined, () => undefined)
  const expected = 'a schema that answers at once'
  const received = 'a promise'
  const message = `the schema of ${path} should be ${expected}, for there are many records`
  throw new MoultError('INVALID_STATE', message, { path, expected, received })
}

/** Runs work on a schema: any error is a refusal. */
function guarded(check: Check): <Value>(work: () => Value) => Value {
  return (work) => {
    try {
      return work()
    } catch (cause) {
      throw isMoultError(cause, check.code) ? cause : schemaError(check, cause)
    }
  }
}

function schemaError({ code, root }: Check, cause: unknown): MoultError {
  const message = `the schema of the ${root} threw: ${reasonOf(cause)}`
  return new MoultError(code, message, { path: root, expected: 'a schema that answers', cause })
}

function outputOf(result: unknown, value: unknown, { code, root }: Check): unknown {
  if (!isResult(result))
    throw new TypeError(`it should give a result, but gave ${describe(result)}`)
  if (result.issues === undefined) return result.value
  const [issue] = result.issues
  // ArkType's paths are a subclass of Array: `map` would turn an empty one into one element.
  const steps = Array.from(issue?.path ?? [], keyOf)
  const path = steps.reduce((text: string, step) => text + segment(step), root)
  const expected = issue === undefined ? 'what the schema asks for' : issue.message
  const received = describe(valueAt(value, steps))
  const more = result.issues.length > 1 ? ` (and ${result.issues.length - 1} more)` : ''
  const message = `${path} is ${received}: ${expected}${more}`
  throw new MoultError(code, message, { path, expected, received })
}

function isResult(result: unknown): result is StandardSchemaV1.Result<unknown> {
  if (typeof result !== 'object' || result === null) return false
  if ('issues' in result && result.issues !== undefined) return Array.isArray(result.issues)
  return 'value' in result
}

/** The key of a step. By its type it is a text, a number or a symbol, but a schema of a Map may name any key. */
function keyOf(step: unknown): unknown {
  return typeof step === 'object' && step !== null && 'key' in step ? step.key : step
}

function segment(step: unknown): string {
  if (typeof step === 'string') return stepTo(step)
  return typeof step === 'number' || typeof step === 'symbol'
    ? `[${String(step)}]`
    : `[${describe(step)}]`
}

function valueAt(value: unknown, steps: readonly unknown[]): unknown {
  let at: unknown = value
  for (const step of steps) {
    if (typeof at !== 'object' || at === null) return undefined
    at =
      at instanceof Map ? at.get(step) : (at as Record<PropertyKey, unknown>)[step as PropertyKey]
  }
  return at
}
