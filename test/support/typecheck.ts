import { expect } from 'vitest'
import type { SourceSet, TypeFault, TypecheckRequest } from '../../src/protocol/jobs/typecheck.ts'
import typecheck from '../../workers/typecheck/typecheck.ts'
import { folderOfFile } from './folders.ts'
import { lean, writeFiles } from './project.ts'

/** A project of the given files, somewhere, {@link lean} unless it has a tsconfig.json. It is gone when the test file has ended. */
export async function project(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await folderOfFile()
  await writeFiles(folder, { 'package.json': '{"type":"module"}', ...lean, ...files })
  return folder
}

/** One file, or several by path, of which the first is the entry. A single one is `main.ts`, as if it were edited in place. */
export type Sources = string | Readonly<Record<string, string>>

/** The request to check two versions. */
export function requestOf(root: string, older: Sources, newer: Sources): TypecheckRequest {
  return { root, older: sourceSet(older), newer: sourceSet(newer) }
}

function sourceSet(given: Sources): SourceSet {
  const files = typeof given === 'string' ? { 'main.ts': given } : given
  return { entry: Object.keys(files)[0] ?? '', files }
}

/** What does not fit, by the job itself. */
export function check(root: string, older: Sources, newer: Sources): readonly TypeFault[] {
  return faultsOf(requestOf(root, older, newer))
}

/** What does not fit, by the job itself. */
export function faultsOf(request: TypecheckRequest): readonly TypeFault[] {
  const result = typecheck(request)
  if (result.kind === 'no-compiler') throw new Error(result.message)
  return result.faults
}

/** Faults as `line: message`. */
export function said(faults: readonly TypeFault[]): string[] {
  return faults.map(({ line, message }) => `${line}: ${message}`)
}

/** A definition in TypeScript, with its fields from line 4 on. */
export function definition(version: string, fields: string): string {
  return `import { defineProcess } from 'moult'
export default defineProcess({
  version: '${version}',
${fields}
})
`
}

/** The first version, with its fields from line 4 on. */
export const v1 = (fields: string): string => definition('1.0.0', fields)

/** The second version, with its fields from line 4 on. */
export const v2 = (fields: string): string => definition('2.0.0', fields)

/** A first version whose state is `{ count: number }`. */
export const counter = v1('  init: () => ({ count: 0 }),')

/** Fields of two definitions, from line 4 on, and the one fault of them, if any. */
export interface Case {
  readonly name: string
  /** Without one it is {@link counter}. */
  readonly older?: string | undefined
  readonly newer: string
  readonly fault?: string | undefined
}

/** Checks a case: that exactly its fault is found. */
export function verify(root: string, { older, newer, fault }: Case): void {
  const faults = said(check(root, older === undefined ? counter : v1(older), v2(newer)))
  expect(faults).toEqual(fault === undefined ? [] : [expect.stringContaining(fault)])
}
