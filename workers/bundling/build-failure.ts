import type { BuildFailure, Message } from 'esbuild'
import path from 'node:path'
import type { BundleFailure, BundleRequest } from '../../src/protocol/jobs/bundle.ts'
import type { SourceLocation } from '../../src/protocol/jobs/source-location.ts'
import { inUsersWords } from './own-module.ts'
import { shimLength } from './source-location.ts'

/** The failure of a file without a default export. */
export function notADefinition(at: SourceLocation): BundleFailure {
  const message = 'there is no default export; expected: export default defineProcess({...})'
  return { kind: 'failure', code: 'NOT_A_DEFINITION', message, at, all: [message] }
}

/** The failure of a build. @throws any other error. */
export function failureOf(
  { root, entry }: Pick<BundleRequest, 'root' | 'entry'>,
  error: unknown,
): BundleFailure {
  if (isUnread(error)) {
    const at = { file: error.path, line: 1, column: 1 }
    const message = `the file cannot be read: ${error.message}`
    return { kind: 'failure', code: 'UNRESOLVED_IMPORT', message, at, all: [message] }
  }
  if (!isBuildFailure(error)) throw error
  const first = error.errors.find(({ location }) => location !== null) ?? error.errors[0]
  const text = first?.text ?? 'the bundler failed without a message'
  const isUnresolved =
    /could not resolve|cannot find|cannot read|could not read|no matching export|^E[A-Z]+: /i.test(
      text,
    )
  const at = first?.location ? locate(first.location, root) : { file: entry, line: 1, column: 1 }
  return {
    kind: 'failure',
    code: isUnresolved ? 'UNRESOLVED_IMPORT' : 'SYNTAX_ERROR',
    message: inUsersWords(text),
    at,
    all: error.errors.map(({ text: each }) => inUsersWords(each)),
  }
}

/** A place of the bundler's, in the user's file. */
export function locate(
  { file, line, column, lineText }: NonNullable<Message['location']>,
  root: string,
): SourceLocation {
  const shim = line === 1 ? shimLength(lineText) : 0
  // esbuild counts bytes.
  const characters = Buffer.from(lineText).subarray(0, column).toString().length
  return { file: path.resolve(root, file), line, column: characters - shim + 1 }
}

/** Whether a file that the bundler had read was gone when it was hashed. */
function isUnread(error: unknown): error is Error & { readonly path: string } {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).path === 'string'
}

/** Whether the bundler itself has refused. */
export function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors)
}
