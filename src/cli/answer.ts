import type { GivenJobs } from '../code/given-jobs.ts'
import { isMoultError } from '../protocol/errors.ts'
import { check } from './check.ts'
import { USAGE, UsageError, parseCommandLine } from './command-line.ts'
import { asJson, exitCodeOf, printed } from './print.ts'

/** What the command answers with. */
export interface Answer {
  readonly exitCode: number
  readonly out?: string
  readonly err?: string
}

/** Carries a command line out. */
export async function answer(args: readonly string[], given?: GivenJobs): Promise<Answer> {
  try {
    const command = parseCommandLine(args)
    if (command === undefined) return { exitCode: 0, out: USAGE }
    const result = await check(command, given)
    const out = command.json ? asJson(result) : printed(result)
    return { exitCode: exitCodeOf(result), out }
  } catch (error) {
    return { exitCode: 2, err: messageOf(error) }
  }
}

function messageOf(error: unknown): string {
  if (error instanceof UsageError) return `moult: ${error.message}\n\n${USAGE}`
  if (isMoultError(error)) return `moult: ${error.code}: ${error.message}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
