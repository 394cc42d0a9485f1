import type { CodeLine } from '../code/code-line.ts'
import type { Process } from '../processes/process.ts'
import { noName } from '../protocol/no-name.ts'
import { unknownEvent } from '../protocol/unknown-event.ts'
import { wrongValue } from '../protocol/wrong-value.ts'

/**
 * Checks the name of an event that is to be heard: any version of the code may emit it, also one that none of the
 * processes runs yet.
 * @throws MoultError `INVALID_OPTION`, `UNKNOWN_EVENT`
 */
export function checkEvent(where: string, name: unknown, line: CodeLine, process?: Process): void {
  if (typeof name !== 'string') throw noName(where, 'name', name)
  const known = new Set(line.versions.flatMap(({ contract }) => contract.emits ?? []))
  if (known.has(name)) return
  const details = { codeName: line.name, ...(process && { process: process.label }) }
  throw unknownEvent(process?.label ?? line.name, name, [...known], details)
}

/** @throws MoultError `INVALID_OPTION` */
export function checkListener(where: string, listener: unknown): void {
  if (typeof listener !== 'function') throw wrongValue(where, 'listener', 'a function', listener)
}
