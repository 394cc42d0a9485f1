// Imports programs, some at a time, and says what each of them printed. All of them have one process: a start of Node each would
// take longer than most of them.
import { inspect } from 'node:util'
import { pathToFileURL } from 'node:url'

const AT_ONCE = 3
/** How long (ms) a program may take: one that waits for what does not come is told apart from the others. */
const LIMIT_MS = 150_000
const printed = new Map()

globalThis.consoleOf = (file) => ({
  ...console,
  log: (...values) => printed.get(file).push(values.map(shown).join(' ')),
})

function late(script) {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error(`${script} does not end`)), LIMIT_MS).unref()
  })
}

function shown(value) {
  return typeof value === 'string' ? value : inspect(value)
}

async function run({ file, script }) {
  printed.set(file, [])
  let error
  try {
    await Promise.race([import(pathToFileURL(script).href), late(script)])
  } catch (reason) {
    error = inspect(reason)
  }
  process.send({ file, lines: printed.get(file), error })
}

process.once('message', async (programs) => {
  const waiting = [...programs]
  const next = async () => {
    for (let each = waiting.shift(); each !== undefined; each = waiting.shift()) await run(each)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, next))
  // What a program has not closed keeps this process alive, and fails the test.
  process.disconnect()
})
