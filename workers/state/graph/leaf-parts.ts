/** What can change in a date. */
export function timeOf(date: object): number {
  return Date.prototype.getTime.call(date as Date)
}

/** What can change in a pattern. */
export function patternOf({ source, flags, lastIndex }: RegExp): string {
  return `${lastIndex} ${flags} ${source}`
}
