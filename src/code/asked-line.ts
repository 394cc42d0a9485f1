import { isDeepStrictEqual } from 'node:util'
import type { ResourceLimits } from 'node:worker_threads'
import type { PermissionSet } from '../options/permissions.ts'
import { MoultError } from '../protocol/errors.ts'
import type { Isolates } from '../versions/placement.ts'
import type { CodeLine } from './code-line.ts'
import { inLine } from './load-settings.ts'

/** In what kind of threads the processes of a code live. */
interface ThreadKind {
  readonly isolates: Isolates | undefined
  readonly resourceLimits: ResourceLimits | undefined
  readonly permissions: PermissionSet | undefined
}

const kinds = ['resourceLimits', 'permissions', 'isolates'] as const

/** The line that `runtime.load` asks for. Undefined fields fit any line. */
export interface AskedLine extends ThreadKind {
  readonly name: string | undefined
  readonly external: readonly string[] | undefined
}

/** Whether a line is the one that is asked for. */
export function isAsked(line: CodeLine, asked: AskedLine): boolean {
  const { name, external } = asked
  if (name !== undefined && name !== line.name) return false
  if (!isAlike(line, asked)) return false
  return external === undefined || isDeepStrictEqual(sorted(external), sorted(line.external))
}

function isAlike(line: CodeLine, asked: AskedLine): boolean {
  return otherKind(line, asked) === undefined
}

/** What was asked for of the threads, and differs. */
function otherKind(line: CodeLine, asked: AskedLine): keyof ThreadKind | undefined {
  const own = kindOf(line)
  return kinds.find((name) => {
    return asked[name] !== undefined && !isDeepStrictEqual(asked[name], own[name])
  })
}

function kindOf({ placement, resourceLimits, current }: CodeLine): ThreadKind {
  return { isolates: placement.isolates, resourceLimits, permissions: current.permissions }
}

/** For a line that is the one, but for how its processes are hosted. */
export function hostedOtherwise(line: CodeLine, asked: AskedLine): MoultError {
  const { name } = line
  const path = otherKind(line, asked) ?? 'isolates'
  const own = inLine(kindOf(line)[path])
  const expected = `${own}, or go with a name of its own`
  const received = inLine(asked[path])
  const message = `load: ${path} should be ${expected}, for so ${name} is hosted, but is ${received}`
  return new MoultError('INVALID_OPTION', message, { path, expected, received, codeName: name })
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort()
}
