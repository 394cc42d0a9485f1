#!/usr/bin/env node
import { answer } from './answer.ts'

// A process that ends by a signal alone leaves its images behind.
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const) {
  process.once(signal, () => process.exit(128 + number))
}

const { exitCode, out, err } = await answer(process.argv.slice(2))
if (out !== undefined) console.log(out)
if (err !== undefined) console.error(err)
process.exitCode = exitCode
