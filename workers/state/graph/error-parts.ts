const classes: ReadonlyMap<string, ErrorConstructor> = new Map(
  [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError].map((each) => [
    each.name,
    each,
  ]),
)

/** What structured clone carries of an error. */
export interface ErrorParts {
  readonly name: unknown
  readonly message: unknown
  readonly stack: unknown
  readonly hasCause: boolean
  readonly cause: unknown
}

/** Those of an error. */
export function partsOfError(error: Error): ErrorParts {
  const { name, message, stack, cause } = error
  return { name, message, stack, hasCause: Object.hasOwn(error, 'cause'), cause }
}

/** Whether nothing has changed but the objects in its cause. */
export function isSameError(error: Error, parts: ErrorParts): boolean {
  const now = partsOfError(error)
  const fields = ['name', 'message', 'stack', 'hasCause', 'cause'] as const
  return fields.every((field) => Object.is(now[field], parts[field]))
}

/** The same error without an object that is its cause: that goes by itself. */
export function standIn(error: Error): Error {
  const { message, stack, cause } = error
  if (typeof cause !== 'object' || cause === null || !Object.hasOwn(error, 'cause')) return error
  const made = Object.getPrototypeOf(error) as { readonly constructor: { readonly name: string } }
  const Class = classes.get(made.constructor.name) ?? Error
  const copy = Object.hasOwn(error, 'message') ? new Class(message) : new Class()
  Object.defineProperty(copy, 'stack', { value: stack, configurable: true, writable: true })
  return copy
}
