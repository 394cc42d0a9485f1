#!/usr/bin/env node
import { isMoultError } from '../protocol/errors.ts'
import { check } from './check.ts'
import { USAGE, UsageError, parseCommandLine } from './command-line.ts'
import { asJson, exitCodeOf, printed } from './print.ts'

async function main(args: readonly string[]): Promise<number> {
  try {
    const command = parseCommandLine(args)
    if (command === undefined) {
      console.log(USAGE)
      return 0
    }
    const result = await check(command)
    console.log(command.json ? asJson(result) : printed(result))
    return exitCodeOf(result)
  } catch (error) {
    console.error(messageOf(error))
    return 2
  }
}

function messageOf(error: unknown): string {
  if (error instanceof UsageError) return `moult: ${error.message}\n\n${USAGE}`
  if (isMoultError(error)) return `moult: ${error.code}: ${error.message}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

// What ends by a signal alone leaves its images behind.
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const) {
  process.once(signal, () => process.exit(128 + number))
}

process.exitCode = await main(process.argv.slice(2))
