import { setMaxListeners } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CrashKind, GraphReceipt } from './fixtures/behaviour.ts'
import { codeOf } from './books.ts'
import type { Instance, LooseRef } from './instance.ts'
import type { StressOptions } from './options.ts'
import type { Random } from './random.ts'
import type { Sender } from './sender.ts'

/** Does what was drawn. False when the process takes nothing any more. */
type Planned = (sender: Sender, instance: Instance) => boolean | Promise<boolean>

/** How often each is drawn, and what it draws before it knows when and to whom it will happen. */
interface Operation {
  readonly weight: number
  readonly plan: (random: Random) => Planned
}

const crashKinds: readonly CrashKind[] = ['exit', 'throw-later', 'rejection', 'throw-while-pending']

const operations: Readonly<Record<string, Operation>> = {
  'casts in a row': {
    weight: 10,
    plan: (random) => {
      const count = random.integer(1, 60)
      return async (sender, instance) => {
        const accepted = times(count, () => sender.cast(instance, 'castNote')).includes(true)
        // Casts wait for nothing: without a pause a sender would starve all others.
        await nextTurn()
        return accepted
      }
    },
  },
  'calls in a row': {
    weight: 10,
    plan: (random) => {
      const count = random.integer(1, 40)
      const names = times(count, () => random.pick(['note', 'number', 'number'] as const))
      return async (sender, instance) => {
        const replies = await Promise.all(names.map((name) => sender.call(instance, name)))
        return replies.includes(true)
      }
    },
  },
  'calls one by one': {
    weight: 10,
    plan: (random) => {
      const count = random.integer(1, 10)
      return async (sender, instance) => {
        for (let left = count; left > 0; left--) {
          if (!(await sender.call(instance, 'number'))) return false
        }
        return true
      }
    },
  },
  'asynchronous calls': {
    weight: 6,
    plan: (random) => {
      const pauses = times(random.integer(1, 8), () => random.integer(0, 3))
      return async (sender, instance) => {
        const replies = pauses.map((ms) => sender.call(instance, 'pause', { extra: { ms } }))
        return (await Promise.all(replies)).includes(true)
      }
    },
  },
  'calls and casts mixed': {
    weight: 8,
    plan: (random) => {
      const names = times(random.integer(2, 40), () =>
        random.weighted({ number: 4, castNote: 4, fail: 1, castFail: 1, castPause: 1 }),
      )
      return async (sender, instance) => {
        const all = names.map(async (name) => {
          if (name === 'number') return sender.call(instance, name)
          if (name === 'fail') return sender.call(instance, name, { codes: ['E_STRESS'] })
          return sender.cast(instance, name, { ms: 1 })
        })
        return (await Promise.all(all)).includes(true)
      }
    },
  },
  'changes of its graph': {
    weight: 12,
    plan: (random) => {
      const seeds = times(random.integer(1, 12), () => random.integer(0, 2 ** 31))
      return async (sender, instance) => {
        const { graph } = instance
        if (graph === undefined) return sender.call(instance, 'note')
        const replies = seeds.map((seed) => {
          const judge = (reply: unknown) => graph.changed(reply as GraphReceipt, seed)
          return sender.call(instance, 'change', { extra: { seed }, judge })
        })
        return (await Promise.all(replies)).includes(true)
      }
    },
  },
  'a look at its graph': {
    weight: 3,
    plan: () => async (sender, instance) => {
      const { graph } = instance
      if (graph === undefined) return sender.call(instance, 'note')
      const looks: Parameters<typeof graph.looked>[0][] = []
      const judge = (reply: unknown): undefined => void looks.push(reply as (typeof looks)[number])
      const wasTaken = await sender.call(instance, 'look', { judge })
      // What other senders were answered before has been heard of then.
      await nextTurn()
      const [problem] = looks.flatMap((look) => graph.looked(look) ?? [])
      if (problem !== undefined) sender.world.books.violate(`${instance.name}: ${problem}`)
      return wasTaken
    },
  },
  'slow call': {
    weight: 2,
    plan: (random) => {
      const ms = random.integer(20, 80)
      return (sender, instance) => sender.call(instance, 'pause', { extra: { ms } })
    },
  },
  'calls that throw': {
    weight: 4,
    plan: (random) => {
      const name = random.pick(['fail', 'failLater', 'uncloneable'] as const)
      const codes = ['E_STRESS', 'UNCLONEABLE_REPLY']
      return (sender, instance) => sender.call(instance, name, { codes })
    },
  },
  'calls with a time limit': {
    weight: 4,
    plan: (random) => {
      const limits = times(random.integer(1, 12), () => random.integer(0, 15))
      const codes = ['CALL_TIMEOUT']
      return async (sender, instance) => {
        const replies = limits.map((timeoutMs) =>
          sender.call(instance, 'pause', { extra: { ms: 2 }, options: { timeoutMs }, codes }),
        )
        return (await Promise.all(replies)).includes(true)
      }
    },
  },
  'calls that are aborted': {
    weight: 4,
    plan: (random) => {
      const count = random.integer(1, 12)
      const waits = random.chance(0.5)
      return async (sender, instance) => {
        const abort = new AbortController()
        setMaxListeners(0, abort.signal)
        const sending = { options: { signal: abort.signal }, codes: ['CALL_ABORTED'] }
        const replies = times(count, () => sender.call(instance, 'number', sending))
        if (waits) await nextTurn()
        abort.abort()
        return (await Promise.all(replies)).includes(true)
      }
    },
  },
  'calls with buffers that move': {
    weight: 5,
    plan: (random) => {
      const sizes = times(random.integer(1, 5), () => random.integer(1, 65_536))
      return async (sender, instance) => {
        const replies = sizes.map((size) => {
          const bytes = new ArrayBuffer(size)
          return sender.call(instance, 'move', {
            extra: { bytes },
            options: { transfer: [bytes] },
          })
        })
        return (await Promise.all(replies)).includes(true)
      }
    },
  },
  'messages sent on': {
    weight: 6,
    plan: (random) => {
      const ways = times(random.integer(1, 6), () => random.chance(0.5))
      const hop = random.integer(1, 4)
      return async (sender, instance) => {
        // Only ever onwards: processes that call each other in a circle would wait for each other.
        const { slots } = sender.world
        const own = slots.findIndex(({ current }) => current === instance)
        const to = own < 0 ? undefined : slots[own + hop]?.current
        if (to === undefined) return sender.call(instance, 'note')
        const all = ways.map((isCall) => sender.relay(instance, to, isCall))
        return (await Promise.all(all)).includes(true)
      }
    },
  },
  'calls by proxy, requests': {
    weight: 3,
    plan: () => async (sender, instance) => {
      const { books } = sender.world
      const { ref } = instance
      const named = books.watched('inspect()', ref.inspect())
      const copied = books.watched('state()', ref.state())
      await Promise.allSettled([named, copied])
      await named.then(
        ({ name }) => name === instance.name || books.violate(`${instance.name} is called ${name}`),
      )
      const expected = new Set(['ok', 'PROCESS_STOPPED', 'ISOLATE_EXITED', 'RESTART_LIMIT'])
      // It waits in the mailbox like any call, so it can be the oldest.
      if (instance.drops) expected.add('MAILBOX_FULL')
      const error: unknown = await copied.then(
        () => undefined,
        (reason: unknown) => reason,
      )
      const code = error === undefined ? 'ok' : codeOf(error)
      sender.world.conclude('state()', instance.name, error, code, expected)
      return code !== 'PROCESS_STOPPED'
    },
  },
  'messages that are refused': {
    weight: 2,
    plan: () => async (sender, instance) => {
      const refused = [
        () => instance.loose.call('there is no such call'),
        async () => instance.loose.cast('note'),
        () => instance.loose.call('note', () => 1),
        () => (instance.ref.with({}) as unknown as LooseRef).call('note', { symbol: Symbol() }),
      ]
      const codes = ['UNKNOWN_CALL', 'UNKNOWN_CAST', 'UNCLONEABLE_ARGUMENT', 'PROCESS_STOPPED']
      const isRefusal = new Set([...codes, 'RESTART_LIMIT'])
      for (const message of refused) {
        const error: unknown = await message().then(
          () => undefined,
          (reason: unknown) => reason,
        )
        const code = error === undefined ? 'ok' : codeOf(error)
        sender.world.conclude('bad message', instance.name, error, code, isRefusal)
      }
      return true
    },
  },
  crash: {
    weight: 0.7,
    plan: (random) => {
      const how = random.pick(crashKinds)
      const isCall = random.chance(0.5)
      const before = random.integer(0, 10)
      const behind = random.integer(0, 10)
      return async (sender, instance) => {
        const all = [
          ...times(before, () => sender.call(instance, 'number')),
          isCall
            ? sender.call(instance, 'crash', { extra: { how } })
            : Promise.resolve(sender.cast(instance, 'castCrash', { how })),
          ...times(behind, async (at) =>
            at % 2 ? sender.call(instance, 'number') : sender.cast(instance, 'castNote'),
          ),
        ]
        return (await Promise.all(all)).includes(true)
      }
    },
  },
}

const weights = Object.fromEntries(
  Object.entries(operations).map(([name, { weight }]) => [name, weight]),
)

const weightsOfGraphs = {
  'changes of its graph': 10,
  'a look at its graph': 5,
  'calls one by one': 1,
  crash: 0.05,
}

/** Draws the next thing to do, with all that it will need. */
export function planOperation(
  random: Random,
  { graphs }: StressOptions,
): { readonly name: string; readonly run: Planned } {
  const name: string = random.weighted<string>(graphs ? weightsOfGraphs : weights)
  return { name, run: operations[name]!.plan(random) }
}

function times<Value>(count: number, make: (at: number) => Value): Value[] {
  return Array.from({ length: count }, (_, at) => make(at))
}
