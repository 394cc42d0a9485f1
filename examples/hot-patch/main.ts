// A process whose parser has a hole is moved to the parser's fixed release while orders are pouring in. Its own file stays as it is.
import { createRuntime, isMoultError } from 'moult'
import type { Code, ProcessRef, VersionInfo } from 'moult'
import { parseArgs } from 'node:util'
import { attack } from './attack.ts'
import type desk from './desk.ts'
import { Load } from './load.ts'
import { createProject } from './project.ts'
import { checksOf, show } from './result.ts'
import { sabotaged } from './sabotage.ts'
import type { OrderDesk } from './sender.ts'

const DESKS = 3
const SENDERS_PER_DESK = 3
/** How many orders are answered between one event and the next. */
const QUIET = 5000

const { values: options } = parseArgs({
  options: {
    /** Leaves a desk on the old release, and has orders go wrong, to show that it is noticed. */
    sabotage: { type: 'boolean', default: false },
  },
})

// Whatever goes wrong, nothing waits for ever.
const watchdog = setTimeout(() => {
  console.error('hot-patch did not end within two minutes')
  process.exit(1)
}, 120_000)

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  clearTimeout(watchdog)
}

/** @returns whether everything held. */
async function main(): Promise<boolean> {
  await using project = await createProject()
  await using runtime = await createRuntime()
  const old = await project.install('minimist-old')
  const code = await runtime.load<typeof desk>(project.file)
  const refs = await Promise.all(Array.from({ length: DESKS }, (_, at) => spawnDesk(code, at)))
  const desks = refs.map((ref): OrderDesk => ({ order: (order) => ref.call('order', order) }))
  const load = new Load(options.sabotage ? sabotaged(desks) : desks, SENDERS_PER_DESK)

  await load.goOn(QUIET)
  load.enter('attacked')
  const fallenBefore = await attack(desks, 1)
  await load.goOn(QUIET)

  const fixed = await project.install('minimist-fixed')
  const before = await code.versions()
  load.enter('swap')
  // The same file: nothing but what it imports is another.
  const report = await code.upgrade(project.file)
  load.enter('patched')
  const after = await code.versions()
  const fallenAfter = await attack(desks, 2)
  await load.goOn(QUIET)
  await load.finish()

  const states = await Promise.all(refs.map((ref) => ref.state()))
  const result = {
    desks: DESKS,
    senders: load.senders,
    accounts: new Map(states.flatMap(({ accounts }) => [...accounts])),
    report,
    releases: { old, fixed },
    versions: { before, after },
    fallen: { before: fallenBefore, after: fallenAfter },
    left: await purged(code, report.from.version),
  }
  const checks = checksOf(result)
  console.log(`${show(result, checks)}\n`)
  return checks.every(({ holds }) => holds)
}

/** With `--sabotage` the first desk is pinned to its version, so that upgrades of the whole code pass over it. */
function spawnDesk(code: Code<typeof desk>, at: number): Promise<ProcessRef<typeof desk>> {
  const name = `desk ${at + 1}`
  const isPinned = options.sabotage && at === 0
  return code.spawn(isPinned ? { name, version: code.version.version } : { name })
}

/** The versions that are left without the old one: then neither a roll back nor a pin can bring it back. */
async function purged(code: Code<typeof desk>, label: string): Promise<VersionInfo[]> {
  await code.softPurge(label).catch((error: unknown) => {
    // Said by a check: it is still there.
    if (!isMoultError(error, 'VERSION_IN_USE')) throw error
  })
  return code.versions()
}
