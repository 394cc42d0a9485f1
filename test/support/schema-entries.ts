import type * as v from 'valibot'

/** The schemas of the options in an object of options, wherever in its pipe that is. */
export function entriesOf(schema: object): v.ObjectEntries {
  const found = find(schema)
  if (found === undefined) throw new TypeError('no object of options')
  return found
}

function find(schema: object): v.ObjectEntries | undefined {
  if ('entries' in schema) return schema.entries as v.ObjectEntries
  if (!('pipe' in schema)) return undefined
  const parts = schema.pipe as readonly object[]
  for (const part of parts) {
    // The first part of a pipe may be the schema that the pipe was made of.
    const entries = part === schema ? undefined : find(part)
    if (entries !== undefined) return entries
  }
  return undefined
}
