import type ts from 'typescript'
import type {
  CompilerFailure,
  TypecheckRequest,
  TypeFault,
  TypeFaults,
} from '../../src/protocol/jobs/typecheck.ts'
import { ambientFaults } from './ambient-check.ts'
import { NoCompiler } from './compiler.ts'
import { eventMisfits } from './event-check.ts'
import { messageMisfits } from './message-check.ts'
import { migrationMisfits } from './migration-check.ts'
import { faultAt } from './type-fault.ts'
import { contractsOf } from './typed-contract.ts'
import { createTypeProgram } from './type-program.ts'
import type { TypeProgram } from './type-program.ts'
import type { Misfit } from './version-pair.ts'

/** The job of checking types: whether a version fits the one before it. A Piscina task of its own pool. */
export default function typecheck(request: TypecheckRequest): TypeFaults | CompilerFailure {
  try {
    const program = createTypeProgram(request)
    const faults = inOrder(faultsOf(program))
    return { kind: 'faults', faults, contracts: contractsOf(program) }
  } catch (error) {
    if (!(error instanceof NoCompiler)) throw error
    return { kind: 'no-compiler', received: error.received, message: error.message }
  }
}

function faultsOf(program: TypeProgram): readonly TypeFault[] {
  const { configuration, program: compiled } = program
  const syntax = [
    ...configuration,
    ...sourcesOf(program).flatMap((file) => compiled.getSyntacticDiagnostics(file)),
  ]
  // A source that cannot be parsed has no meaningful types.
  if (syntax.length > 0) return syntax.map((each) => compilersFault(program, each))
  const lost = [...lostOfNewer(program), ...ambientFaults(program)]
  if (lost.length > 0) return lost
  const found = misfitsOf(program).map((misfit) => withLost(program, misfit))
  const diagnostics = sourcesOf(program)
    .flatMap((file) => compiled.getSemanticDiagnostics(file))
    .filter((each) => !concernsOlder(program, each))
  const said = diagnostics.filter((each) => !found.some((misfit) => isWithName(misfit, each)))
  return [
    ...said.map((each) => compilersFault(program, each)),
    ...found
      .filter((misfit) => !misfit.isCompilers || !said.some((each) => isInside(misfit, each)))
      .map(({ node, message }) => faultAt(program, node.getSourceFile(), node.getStart(), message)),
  ]
}

/** Faults for lost packages of the newer version: its own types have changed since it was loaded. */
function lostOfNewer(program: TypeProgram): readonly TypeFault[] {
  const { lost } = program.newer.overlay
  if (lost.size === 0) return []
  const label = program.newer.version ?? 'this version'
  const message = `nothing can be proved of ${label}, for it was made with the types of ${String(lost)}`
  return [faultAt(program, program.newer.entry, 0, message)]
}

/** Adds lost packages to a misfit, of which the compiler knows nothing. */
function withLost({ older }: TypeProgram, misfit: Misfit): Misfit {
  const { lost } = older.overlay
  if (lost.size === 0 || !/\bany\b/.test(misfit.message)) return misfit
  const label = older.version ?? 'the older version'
  const message = `${misfit.message}; ${label} was made with the types of ${String(lost)}`
  return { ...misfit, message, isCompilers: false }
}

/** The newer version's own files. */
function sourcesOf({ program, newer: { overlay } }: TypeProgram): readonly ts.SourceFile[] {
  return overlay.paths.flatMap((path) => program.getSourceFile(overlay.virtual(path)) ?? [])
}

function misfitsOf({ ts, checker, older, newer }: TypeProgram): readonly Misfit[] {
  for (const { definition, entry } of [older, newer]) {
    if (definition === undefined) return [unreadable(ts, entry)]
  }
  if (older.definition === undefined || newer.definition === undefined) return []
  if (older.version === undefined) return [unlabelled(older.definition.node)]
  const pair = {
    ts,
    checker,
    older: older.definition,
    newer: newer.definition,
    from: older.version,
    to: newer.version ?? 'the newer version',
    isOlderWhole: older.overlay.lost.size === 0,
  }
  return [...migrationMisfits(pair), ...messageMisfits(pair), ...eventMisfits(pair)]
}

function unreadable(ts: TypeProgram['ts'], entry: ts.SourceFile): Misfit {
  const message =
    'the types of this definition cannot be read; expected export default defineProcess({ … }) with its object written in place'
  const node = entry.statements.find((each) => ts.isExportAssignment(each)) ?? entry
  return { node, message, isCompilers: true }
}

function unlabelled(node: ts.Node): Misfit {
  const message =
    'the label of this version cannot be read from its source; expected version to be a text, written in place'
  return { node, message, isCompilers: false }
}

/** Whether an error comes from both versions declaring one global: only here are they in one program. */
function concernsOlder({ older }: TypeProgram, { relatedInformation }: ts.Diagnostic): boolean {
  return (relatedInformation ?? []).some(({ file }) => {
    return file !== undefined && older.overlay.pathOf(file.fileName) !== undefined
  })
}

/** Whether the compiler reported the whole node at fault. */
function isWithName({ node, isCompilers }: Misfit, { file, start }: ts.Diagnostic): boolean {
  return isCompilers && file === node.getSourceFile() && start === node.getStart()
}

/** Whether the compiler reported a part of the node at fault. */
function isInside({ node }: Misfit, { file, start = -1 }: ts.Diagnostic): boolean {
  return file === node.getSourceFile() && start > node.getStart() && start < node.getEnd()
}

function compilersFault(program: TypeProgram, diagnostic: ts.Diagnostic): TypeFault {
  const { file = program.newer.entry, start = 0, messageText, code } = diagnostic
  const text = program.ts.flattenDiagnosticMessageText(messageText, '\n')
  return faultAt(program, file, start, `TS${code}: ${text}`)
}

function inOrder(faults: readonly TypeFault[]): readonly TypeFault[] {
  const key = ({ file, line, column, message }: TypeFault): string =>
    JSON.stringify([file, line, column, message])
  const once = new Map(faults.map((fault) => [key(fault), fault]))
  return [...once.values()].sort(
    (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column,
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
