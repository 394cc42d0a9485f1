import { createRuntime } from 'moult'
import type { UpgradeReport } from 'moult'
import { parseArgs } from 'node:util'
import { exactly } from '../check.ts'
import { megabytes, ms, whole } from '../table.ts'
import { checkAnswers, checkCopies, checkThreads, checkUpdates } from './checks.ts'
import type citiesPlain from './cities-plain.ts'
import type citiesV1 from './cities-v1.ts'
import type citiesV2 from './cities-v2.ts'
import { cityProcess } from './city-process.ts'
import { LoadClient } from './load-client.ts'
import { settledMemory } from './memory.ts'
import { follow, say } from './progress.ts'
import { show } from './result.ts'
import type { Swap } from './result.ts'
import { sabotaged } from './sabotage.ts'
import { createCityServer, listen } from './server.ts'

const plain = new URL('./cities-plain.ts', import.meta.url)
const v1 = new URL('./cities-v1.ts', import.meta.url)
const v2 = new URL('./cities-v2.ts', import.meta.url)

const { values: options } = parseArgs({
  options: {
    /** One second of load before, between and after the swaps instead of four, and a tenth of the cities. */
    quick: { type: 'boolean', default: false },
    /** Lets the server do wrong, to show that it is noticed. */
    sabotage: { type: 'boolean', default: false },
  },
})

const questions = options.quick ? 500 : 2000
if (options.quick) process.env['CITY_STEP'] = '10'

// Whatever goes wrong, nothing waits for ever.
const watchdog = setTimeout(() => {
  console.error('city-search did not end within three minutes')
  process.exit(1)
}, 180_000)

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
  await using runtime = await createRuntime()
  const code = await runtime.load<typeof citiesPlain>(plain)
  const cities = await code.spawn({ name: 'cities' })
  const { stateBytes = NaN } = await cities.inspect()
  const count = await cities.call('count')
  say(`${cities.version} has read ${whole(count)} cities: ${megabytes(stateBytes)} of state`)

  const inFront = cityProcess(cities)
  await using server = createCityServer(options.sabotage ? sabotaged(inFront) : inFront)
  await using client = new LoadClient(await listen(server))
  say(`asking it ${whole(questions)} questions, to compare the answers of the versions later`)
  const answersBefore = await client.ask(questions)
  const before = await settledMemory(runtime)

  say('the load begins: searches, places and updates of counters on 8 connections, flat out')
  client.load()
  using progress = follow(client, cities)
  const swaps = [
    await swap(client, () => code.upgrade<typeof citiesV1>(v1)),
    await swap(client, () => code.upgrade<typeof citiesV2>(v2)),
    await swap(client, () => code.downgrade<typeof citiesV1>(v1)),
    await swap(client, () => code.upgrade<typeof citiesV2>(v2)),
  ]
  await quietTime(client)
  const tally = await client.finish()
  progress[Symbol.dispose]()

  say('the load is over: reading the counters, asking the same questions again')
  const counts = await cities.call('viewCounts')
  const answersAfter = await client.ask(questions)
  const after = await settledMemory(runtime)
  const reports = swaps.map(({ report }) => report)
  const checks = [
    exactly('failed requests', tally.failures, 0),
    exactly('replies other than 2xx', tally.non2xx, 0),
    ...checkUpdates(tally, counts),
    checkAnswers(answersBefore, answersAfter),
    ...checkCopies(reports, count),
    ...checkThreads(reports, before, after),
  ]
  console.log(`\n${show({ tally, swaps, memory: { before, after }, checks })}\n`)
  return checks.every(({ holds }) => holds)
}

/** After a quiet time, another version: under load, like everything here. */
async function swap(client: LoadClient, exchange: () => Promise<UpgradeReport>): Promise<Swap> {
  await quietTime(client)
  const from = performance.timeOrigin + performance.now()
  const report = await exchange()
  const to = performance.timeOrigin + performance.now()
  say(swapped(report))
  return { report, from, to }
}

function swapped({ direction, from, to, pauseMs, processes }: UpgradeReport): string {
  const { way, records = 0, recordsLeft = NaN } = processes[0]!.copied ?? {}
  const what = way === 'objects' ? 'values of objects' : 'records'
  const course = `${direction} from ${from.version} to ${to.version}`
  const went = `${whole(records)} ${what} ahead of it, ${whole(recordsLeft)} in the pause`
  return `${course}: ${went} of ${ms(pauseMs)} ms`
}

function quietTime(client: LoadClient): Promise<void> {
  return client.goOn(options.quick ? 1000 : 4000)
}
