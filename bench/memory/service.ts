import { closeSync, openSync, writeSync } from 'node:fs'

const FUNCTIONS = 1_000

/** The part of the module that makes it about 100 kB large: functions that are all in use. */
const body = Buffer.from(
  `const steps = [\n${Array.from({ length: FUNCTIONS }, (_, index) => {
    const text = `step ${index} of the service`.padEnd(55, '.')
    return `  (n) => n + ${index} + version + '${text}'.length,`
  }).join('\n')}\n]\n`,
)

/** The label of a version. V8 keeps a field that is named by a bare number in a list, most of which would be empty. */
export function labelOf(version: number): string {
  return `${version}.0.0`
}

/** Writes a version as a definition of moult, which comes from the version before. */
export function writeDefinition(file: string, version: number): void {
  write(
    file,
    `import { defineProcess } from 'moult'\nconst version = ${version}\n`,
    `export default defineProcess({
  version: '${labelOf(version)}',
  init: () => ({ count: 0 }),
  codeChange: { '${labelOf(version - 1)}': (old) => ({ count: old.count }) },
  calls: { step: (state) => steps[++state.count % ${FUNCTIONS}](1) },
})
`,
  )
}

/** Writes a version as a plain module. */
export function writeModule(file: string, version: number): void {
  write(
    file,
    `const version = ${version}\n`,
    `export const codeChange = (old) => ({ count: old.count })
export const step = (state) => steps[++state.count % ${FUNCTIONS}](1)
`,
  )
}

/** The body is not put together anew: the bench's own garbage would be measured with the rest. */
function write(file: string, before: string, after: string): void {
  const descriptor = openSync(file, 'w')
  writeSync(descriptor, before)
  writeSync(descriptor, body)
  writeSync(descriptor, after)
  closeSync(descriptor)
}
