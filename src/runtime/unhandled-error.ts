import type { CodeLine } from '../code/code-line.ts'
import type { Unhandled } from '../protocol/wire/messages.ts'
import { decodeThrown } from '../protocol/wire/thrown.ts'
import type { UnhandledError } from './runtime-events.ts'

/** The event of what a thread has said. `line` is the code that it belongs to, where that is known. */
export function unhandledError(said: Unhandled, line: CodeLine | undefined): UnhandledError {
  const { process, url, during, name, version, error } = said
  const own = line?.versions.find(({ image }) => image.url === url)
  return {
    ...(process && { process: process.name }),
    ...(line && { codeName: line.name }),
    version: own?.contract.version ?? version,
    ...(during && { during }),
    ...(name !== undefined && { name }),
    error: decodeThrown(error),
  }
}
