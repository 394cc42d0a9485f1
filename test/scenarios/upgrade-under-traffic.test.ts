import { setImmediate as turn } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { Phase, ProcessRef } from 'moult'
import type ledger from '../fixtures/ledger/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

const files = { upgrade: fixture('ledger/v2.ts'), downgrade: fixture('ledger/v1.ts') }

/** Sends numbered messages of one kind or of all, without ever waiting for the one before, until told to end. */
class Sender {
  readonly name: string
  sent = 0
  readonly #ref: ProcessRef<typeof ledger>
  readonly #replies: Promise<{ number: number; total: number }>[] = []
  readonly #kinds: readonly ('call' | 'late' | 'cast')[]
  #isEnding = false

  constructor(
    name: string,
    ref: ProcessRef<typeof ledger>,
    kinds: readonly ('call' | 'late' | 'cast')[],
  ) {
    this.name = name
    this.#ref = ref
    this.#kinds = kinds
  }

  async run(perTurn: number): Promise<void> {
    while (!this.#isEnding) {
      for (let count = 0; count < perTurn; count++) this.#send()
      // No faster than it is handled.
      const newest = this.#replies.at(-1)
      await (newest ?? this.#ref.call('last'))
      await turn()
    }
  }

  /** All replies came, each to its own call, and handled in the order in which they were sent. */
  async end(): Promise<void> {
    this.#isEnding = true
    const replies = await Promise.all(this.#replies)
    const totals = replies.map(({ total }) => total)
    expect(totals).toEqual([...totals].sort((one, other) => one - other))
    expect(new Set(totals).size).toBe(totals.length)
    const numbers = replies.map(({ number }) => number)
    expect(numbers).toEqual([...numbers].sort((one, other) => one - other))
  }

  #send(): void {
    const entry = { sender: this.name, number: ++this.sent }
    const kind = this.#kinds[this.sent % this.#kinds.length]
    if (kind === 'cast') this.#ref.cast('put', entry)
    else this.#replies.push(this.#ref.call(kind === 'late' ? 'enterLate' : 'enter', entry))
  }
}

/** More than the ten listeners to one event of which Node does not warn yet. */
const UPGRADES = 12

test('many upgrades in a row under calls and casts of several senders: nothing lost, doubled or out of order, and nothing is left', async () => {
  const warnings: Error[] = []
  const warn = (warning: Error): void => void warnings.push(warning)
  process.on('warning', warn)
  onTestFinished(() => void process.off('warning', warn))
  const runtime = await testRuntime({ warmSpares: 1 })
  const code = await runtime.load<typeof ledger>(files.downgrade)
  const ref = await code.spawn({ name: 'ledger' })
  const senders = [
    new Sender('calls', ref, ['call']),
    new Sender('casts', ref, ['cast']),
    new Sender('both', ref, ['call', 'cast', 'cast']),
    new Sender('late', ref, ['late', 'cast', 'call']),
  ]
  const running = senders.map((sender) => sender.run(3))
  for (let count = 0; count < UPGRADES; count++) {
    const direction = count % 2 === 0 ? 'upgrade' : 'downgrade'
    const report = await code[direction](files[direction])
    expect(report.processes).toHaveLength(1)
    expect(report.processes[0]?.oldThread?.exitCode).toBe(0)
    if (count % 4 === 0) expect(await ref.call('wrong')).toEqual([])
  }
  const ended = senders.map((sender) => sender.end())
  await Promise.all(running)
  await Promise.all(ended)

  expect(await ref.call('wrong')).toEqual([])
  const sent = Object.fromEntries(senders.map(({ name, sent }) => [name, sent]))
  expect(await ref.call('last')).toEqual(sent)
  expect(await ref.state()).toMatchObject({
    total: Object.values(sent).reduce((sum, each) => sum + each, 0),
  })
  expect((await ref.inspect()).totals).toMatchObject({
    upgrades: UPGRADES,
    failed: 0,
    restarts: 0,
  })
  // The one that runs, and the spare.
  await expect.poll(() => runtime.isolates).toBe(2)
  expect(warnings).toEqual([])
})

test('a queue of 20,000 is handed over in order, each message handled once', async () => {
  const count = 20_000
  const replies: Promise<{ number: number }>[] = []
  const send = (): void => {
    for (let number = 1; number <= count; number++) {
      replies.push(ref.call(number % 500 === 0 ? 'enterLate' : 'enter', { sender: 'one', number }))
    }
  }
  // Right before the suspend, so that they cannot all have been handled before it.
  const faultPoint = (phase: Phase): void => (phase === 'suspend' ? send() : undefined)
  const runtime = await testRuntime({ faultPoint })
  const code = await runtime.load<typeof ledger>(files.downgrade)
  const ref = await code.spawn()
  const report = await code.upgrade(files.upgrade, { rehearse: false })
  expect((await Promise.all(replies)).map(({ number }) => number)).toEqual(
    Array.from({ length: count }, (_, index) => index + 1),
  )
  expect(report.messagesHeld).toBeGreaterThan(0)
  expect(await ref.call('wrong')).toEqual([])
  expect(await ref.call('last')).toEqual({ one: count })
})

test('several processes under traffic: all on the new version, each with its own messages', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof ledger>(files.downgrade)
  const refs = await Promise.all([1, 2, 3].map(() => code.spawn()))
  const senders = refs.flatMap((ref) => [
    new Sender('calls', ref, ['call', 'late']),
    new Sender('casts', ref, ['cast', 'cast', 'call']),
  ])
  const running = senders.map((sender) => sender.run(5))
  for (let count = 0; count < 4; count++) {
    const direction = count % 2 === 0 ? 'upgrade' : 'downgrade'
    const report = await code[direction](files[direction])
    expect(report.processes).toHaveLength(3)
    expect(new Set(refs.map(({ version }) => version)).size).toBe(1)
  }
  const ended = senders.map((sender) => sender.end())
  await Promise.all(running)
  await Promise.all(ended)
  for (const [index, ref] of refs.entries()) {
    const [calls, casts] = [senders[index * 2]!.sent, senders[index * 2 + 1]!.sent]
    expect(await ref.call('wrong')).toEqual([])
    expect(await ref.call('last')).toEqual({ calls, casts })
  }
})
