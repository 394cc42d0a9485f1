/** What can change in a date. */
export function timeOf(date: object): number {
  return Date.prototype.getTime.call(date as Date)
}

/** What can change in a pattern. */
export function patternOf({ source, flags, lastIndex }: RegExp): string {
  return `${lastIndex} ${flags} ${source}`
}

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

/** Whether it is as it was. */
export function isSameError(error: Error, parts: ErrorParts): boolean {
  const now = partsOfError(error)
  const fields = ['name', 'message', 'stack', 'hasCause', 'cause'] as const
  return fields.every((field) => Object.is(now[field], parts[field]))
}
