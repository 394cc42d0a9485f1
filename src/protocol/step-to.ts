/** The step from an object to its field, as in code: `.name`, or `["a name"]`. */
export function stepTo(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
}
