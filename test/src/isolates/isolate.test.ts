import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ActivationListener } from '../../../src/isolates/activation-listener.ts'
import type * as Pools from '../../../src/isolates/isolate-pool.ts'
import type { Isolate } from '../../../src/isolates/isolate.ts'
import { Control, NO_SEQUENCE, Outcome } from '../../../src/protocol/wire/messages.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'
import { CellState } from '../../../src/protocol/wire/progress.ts'
import type { ProgressCell } from '../../../src/protocol/wire/progress.ts'
import { builtModule } from '../../support/built-module.ts'
import { HostedThread } from '../../support/hosted-thread.ts'

const [ECHO, EXIT] = [0, 1]
const image = new URL('../../fixtures/isolates/echo.mjs', import.meta.url)

/** An isolate that has loaded the image, and how its thread is given its time and brought to its end. */
interface Driven {
  readonly isolate: Isolate
  /** Until something is the case that the thread brings about. */
  readonly until: (isSo: () => boolean) => Promise<void>
  /** The thread ends in a handler of this process. */
  readonly die: (slot: number, sequence: number) => Promise<void>
}

async function inMemory(): Promise<Driven> {
  const { default: definition } = (await import(image.href)) as { readonly default: object }
  const thread = new HostedThread(definition)
  const { isolate } = thread
  const exchange = async (): Promise<void> => {
    await turn()
    thread.run()
    await turn()
    isolate.arrive()
  }
  return {
    isolate,
    until: async (isSo) => {
      while (!isSo()) await exchange()
    },
    die: async () => {
      await turn()
      thread.run()
      await turn()
      isolate.end(3)
    },
  }
}

async function inThread(): Promise<Driven> {
  const { IsolatePool } = await builtModule<typeof Pools>('src/isolates/isolate-pool.js')
  const options = {
    maxIsolates: 1,
    warmSpares: 0,
    resourceLimits: undefined,
    startTimeoutMs: 60_000,
    exitGraceMs: 10_000,
    onUnhandled: 'continue',
    checkStates: false,
  } as const
  const observer = { onLog: () => undefined, onUnhandled: () => undefined }
  const pool = new IsolatePool(options, {}, observer)
  onTestFinished(() => pool.close())
  const isolate = await pool.take()
  const digest = createHash('sha256')
    .update(await readFile(image))
    .digest('hex')
  await isolate.load({ url: image.href, digest }, {}, 10_000)
  return {
    isolate,
    until: async (isSo) => {
      while (!isSo()) await turn()
    },
    die: async (slot, sequence) => {
      isolate.deliver(slot, sequence, EXIT, undefined)
      await isolate.exited
    },
  }
}

/** A process that writes down what it is told. */
class Listener implements ActivationListener {
  readonly log: unknown[] = []
  readonly slot: number
  readonly cell: ProgressCell

  constructor(isolate: Isolate) {
    isolate.slots.reserve()
    const { slot, cell } = isolate.activate(this)
    this.slot = slot
    this.cell = cell
    cell.place(CellState.Running, 0)
  }

  onReplies(
    ...[sequence, outcome, batch, from, to]: Parameters<ActivationListener['onReplies']>
  ): void {
    for (let at = from; at < to; at++) this.log.push([sequence + at - from, outcome, batch[at]])
  }

  onMessage(): void {
    this.log.push('message')
  }

  onExit({ exitCode }: { readonly exitCode: number }): void {
    this.log.push(`exit ${exitCode}`)
  }
}

/** A process that has its first state. */
async function living({ isolate, until }: Driven): Promise<Listener> {
  const process = new Listener(isolate)
  isolate.deliver(process.slot, NO_SEQUENCE, Control.Init, ['p1', 'p1', undefined])
  await until(() => process.log.length > 0)
  expect(process.log.splice(0)).toEqual([[NO_SEQUENCE, Outcome.Initialised, undefined]])
  return process
}

const reply = (sequence: number, value: unknown): unknown => [sequence, Outcome.Reply, value]

describe.each([
  ['the isolate of a test', inMemory],
  ['the isolate that is a thread', inThread],
])('%s', (_name, make) => {
  test('handles in order, answers in order, and shares its progress', async () => {
    const driven = await make()
    const { isolate, until } = driven
    const [one, other] = [await living(driven), await living(driven)]
    isolate.deliver(one.slot, 0, ECHO, 'a')
    isolate.deliver(other.slot, 0, ECHO, { deep: ['b'] })
    isolate.deliver(one.slot, 1, ECHO, 'c')
    const forgotten = { slot: one.slot, sequence: 2, isLeftOut: true }
    isolate.post({ type: 'forget', ...forgotten, reason: encodeThrown('late') })
    isolate.deliver(one.slot, 2, ECHO, 'left out')
    isolate.deliver(one.slot, 3, ECHO, 'd')
    await until(() => one.log.length === 4 && other.log.length === 1)
    const replies = [reply(0, 'a'), reply(1, 'c'), reply(3, 'd')]
    expect(one.log.filter((each) => (each as unknown[])[1] === Outcome.Reply)).toEqual(replies)
    // Of the one that was left out there is no reply, but that it has finished.
    expect(one.log).toContainEqual([3, Outcome.Progress, undefined])
    expect(other.log).toEqual([reply(0, { deep: ['b'] })])
    expect([one.cell.started, one.cell.finished]).toEqual([4, 4])
  })

  test('tells at its end what was said before, and is silent behind it', async () => {
    const driven = await make()
    const { isolate, die } = driven
    const process = await living(driven)
    isolate.deliver(process.slot, 0, ECHO, 'last')
    await die(process.slot, 1)
    expect(process.log).toEqual([reply(0, 'last'), 'exit 3'])
    expect([isolate.state, isolate.exit?.exitCode, isolate.isLeaving]).toEqual(['exited', 3, true])
    isolate.deliver(process.slot, 2, ECHO, 'never')
    isolate.post({ type: 'go', slot: process.slot })
    const late = new Listener(isolate)
    await turn()
    expect(late.log).toEqual(['exit 3'])
    await expect(isolate.requests.copy({ slots: [0], scope: 'rest' })).rejects.toMatchObject({
      code: 'ISOLATE_EXITED',
    })
    await expect(isolate.stateSize(0)).rejects.toMatchObject({ code: 'ISOLATE_EXITED' })
    expect(process.log).toHaveLength(2)
  })

  test('leaves when it is asked to', async () => {
    const driven = await make()
    const process = await living(driven)
    const left = driven.isolate.leave(10_000)
    expect(driven.isolate.isLeaving).toBe(true)
    expect(await left).toMatchObject({ exitCode: 0 })
    expect(process.log).toEqual(['exit 0'])
  })
})
