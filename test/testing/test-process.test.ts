// @module-tag once
import { describe, expect, test } from 'vitest'
import { defineProcess, event, table } from 'moult'
import type { ProcessContext, Services } from 'moult'
import { testProcess, testUpgrade } from 'moult/testing'

const counter = defineProcess({
  version: '1',
  init: (args: { start: number }) => ({ count: args.start, log: [] as string[] }),
  calls: {
    add: (state, by: number) => (state.count += by),
    get: (state) => state.count,
    fail: () => {
      throw new RangeError('refused')
    },
    give: (state) => state.log,
    spoil: (state) => Object.assign(state, { f: () => 1 }).count,
    ask: (_state, name: string, context) => context.call(name, 'what', 7),
    askItself: (_state, _payload: undefined, context) => context.call(context.self.name, 'get'),
    step: (_state, _payload: undefined, context) => {
      context.log.warn('steps', { to: 2 })
      context.upgradeSelf()
    },
    now: (_state, zone: string, { services }) =>
      (services as unknown as { clock: { now(zone: string): Promise<string> } }).clock.now(zone),
    plan: (_state, ms: number, context) => {
      context.after(ms, 'note', 'once', { name: 'once' })
      context.every(10, 'note', 'tick', { name: 'tick' })
      context.cron('0 * * * *', 'note', 'hourly', { name: 'hour', timeZone: 'UTC' })
      context.after(1, 'note', 'never', { name: 'never' })
      context.cancel('never')
    },
  },
  casts: {
    note: (state, text: string) => {
      state.log.push(text)
    },
    tell: (_state, name: string, context) => context.cast(name, 'noted', [1]),
    break: () => {
      throw new TypeError('broken')
    },
  },
})

const made = () => testProcess(counter, { args: { start: 40 } })

describe('testProcess', () => {
  test('answers as a process does, by copies', async () => {
    const process = await made()
    expect(await process.call('add', 2)).toBe(42)
    const log = await process.call('give')
    log.push('mine')
    process.cast('note', 'a')
    process.cast('note', 'b')
    await process.settled()
    expect(await process.state()).toEqual({ count: 42, log: ['a', 'b'] })
  })

  test('tells errors of calls to their callers, and keeps those of casts', async () => {
    const process = await made()
    await expect(process.call('fail')).rejects.toMatchObject({
      name: 'RangeError',
      message: 'refused',
    })
    process.cast('break')
    await process.settled()
    expect(process.castFailures).toMatchObject([{ name: 'break', error: { message: 'broken' } }])
    await expect(process.call('non' as 'get')).rejects.toMatchObject({ code: 'UNKNOWN_CALL' })
    await expect(process.call('add', (() => 1) as never)).rejects.toMatchObject({
      code: 'UNCLONEABLE_ARGUMENT',
    })
  })

  test('a state that is no data is refused where it is made, and where it is read', async () => {
    const spoilt = { version: '1', init: () => ({ f: () => 1 }) }
    await expect(testProcess(spoilt)).rejects.toMatchObject({
      code: 'UNCLONEABLE_STATE',
      path: 'state.f',
    })
    const process = await made()
    await process.call('spoil')
    await expect(process.state()).rejects.toMatchObject({ code: 'UNCLONEABLE_REPLY' })
    await expect(testProcess({ version: '' } as never)).rejects.toMatchObject({
      code: 'NOT_A_DEFINITION',
    })
  })

  test('what it sends to others is kept, and answered where the test does so', async () => {
    const answer = (process: string, name: string, payload: unknown) => [process, name, payload]
    const process = await testProcess(counter, { args: { start: 1 }, answer })
    process.cast('tell', 'other')
    expect(await process.call('ask', 'another')).toEqual(['another', 'what', 7])
    expect(process.sent).toEqual([
      { kind: 'cast', process: 'other', name: 'noted', payload: [1] },
      { kind: 'call', process: 'another', name: 'what', payload: 7 },
    ])
    await expect((await made()).call('ask', 'another')).rejects.toMatchObject({
      code: 'UNKNOWN_PROCESS',
    })
    await expect(process.call('askItself')).rejects.toMatchObject({ code: 'SELF_CALL' })
  })

  test('its clock stands still until it is advanced; timers fire in order', async () => {
    const process = await made()
    await process.call('plan', 25)
    expect(process.clock.timers.map(({ name, dueAt }) => [name, dueAt])).toEqual([
      ['tick', 10],
      ['once', 25],
      ['hour', 3_600_000],
    ])
    await process.clock.advance(9)
    expect((await process.state()).log).toEqual([])
    await process.clock.advance(21)
    expect((await process.state()).log).toEqual(['tick', 'tick', 'once', 'tick'])
    expect(process.clock.now).toBe(30)
    await expect(process.clock.advance(-1)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      path: 'ms',
    })
    await process.stop()
    expect(process.clock.timers).toEqual([])
  })

  test('a timer that a timer sets fires in the same advance', async () => {
    const chain = defineProcess({
      version: '1',
      init: (_args: undefined, context) => {
        context.after(5, 'next')
        return { steps: [] as number[] }
      },
      casts: {
        next: (state, _payload: undefined, context) => {
          if (state.steps.push(state.steps.length) < 3) context.after(5, 'next')
        },
      },
    })
    const process = await testProcess(chain)
    await process.clock.advance(100)
    expect(await process.state()).toEqual({ steps: [0, 1, 2] })
  })

  test('services are stand-ins, called by copies', async () => {
    const given: unknown[] = []
    const services = {
      clock: { now: (zone: unknown) => given.push(zone) && `now in ${String(zone)}` },
    }
    const process = await testProcess(counter, {
      args: { start: 1 },
      services: services as Partial<Services>,
    })
    expect(await process.call('now', 'UTC')).toBe('now in UTC')
    expect(given).toEqual(['UTC'])
    await process.call('step')
    await process.settled()
    expect(process.wantsUpgrade).toBe(true)
    expect(process.log).toEqual([{ level: 'warn', message: 'steps', fields: { to: 2 } }])
  })

  test('events are kept in order', async () => {
    const piece = defineProcess({
      version: '1',
      init: () => ({ at: 0 }),
      emits: { moved: event<{ x: number }>(), over: event() },
      calls: {
        move: (state, by: number, context) => {
          context.emit('moved', { x: (state.at += by) })
          context.emit('moved', { x: (state.at += by) })
          context.emit('over')
        },
      },
    })
    const process = await testProcess(piece)
    await process.call('move', 2)
    expect(process.emitted).toEqual([
      { name: 'moved', data: { x: 2 } },
      { name: 'moved', data: { x: 4 } },
      { name: 'over', data: undefined },
    ])
  })

  test('what is live is opened, saved for a copy, and closed', async () => {
    const told: string[] = []
    const live = defineProcess({
      version: '1',
      init: () => ({ saved: 1 }),
      live: {
        open: (state) => ({ count: state.saved }),
        save: (state, own) => void (state.saved = own.count),
        close: (own) => void told.push(`closed ${own.count}`),
      },
      calls: { add: (_state, _payload: undefined, { live: own }) => ++own.count },
    })
    const process = await testProcess(live)
    expect(await process.call('add')).toBe(2)
    expect(await process.state()).toEqual({ saved: 2 })
    await process.stop()
    expect(told).toEqual(['closed 2'])
  })
})

describe('testUpgrade', () => {
  const v2 = defineProcess({
    version: '2',
    init: () => ({ total: 0, changes: 0, log: [] as string[] }),
    codeChange: {
      '1': (old: { count: number; log: string[] }) => ({
        total: old.count,
        changes: 0,
        log: old.log,
      }),
    },
    downgrade: {
      '1': ({ total, changes, log }) => ({ count: total + changes, log: log.slice(0, 1) }),
    },
    calls: {
      get: (state) => state.total,
      add: (state, by: number) => (state.total += by) + 1,
      whose: (_state, _payload: undefined, { self }: ProcessContext) => self.version,
    },
  })

  test('migrates up and down, compares replies, and says what differs', async () => {
    const report = await testUpgrade(counter, v2, {
      states: [
        { count: 3, log: [] },
        { count: 4, log: ['a', 'b'] },
      ],
      messages: [['get'], ['add', 2], ['give']],
    })
    expect(report.goesBack).toBe(true)
    expect(report.states.map(({ migrated }) => migrated)).toMatchObject([
      { total: 3 },
      { total: 4 },
    ])
    expect(report.states[1]?.differences).toEqual([
      { path: 'state.log[1]', was: 'b', is: undefined },
    ])
    expect(report.lines.filter((line) => !line.includes('give'))).toEqual([
      'states[0]: reply of add was 5 and is 6',
      "states[1]: state.log[1] was 'b' and comes back as undefined",
      'states[1]: reply of add was 6 and is 7',
    ])
    expect(report.states[0]?.replies[2]?.new).toMatch(/^UNKNOWN_CALL: /)
  })

  test('a step that fails, or is not there, is told by its code', async () => {
    const states = [{ count: 1, log: [] }]
    const throws = {
      ...v2,
      codeChange: {
        '1': () => {
          throw new RangeError('no')
        },
      },
    }
    await expect(testUpgrade(counter, throws, { states })).rejects.toMatchObject({
      code: 'CODE_CHANGE_FAILED',
      from: '1',
      to: '2',
    })
    await expect(
      testUpgrade(counter, { ...v2, codeChange: {} } as never, { states }),
    ).rejects.toMatchObject({ code: 'NO_MIGRATION' })
    const spoils = { ...v2, codeChange: { '1': () => ({ f: () => 1 }) } }
    await expect(testUpgrade(counter, spoils as never, { states })).rejects.toMatchObject({
      code: 'UNCLONEABLE_STATE',
    })
  })

  test('of what is exclusive there is one at a time', async () => {
    let open = 0
    const lock = defineProcess({
      version: '1',
      init: () => ({ n: 0 }),
      live: {
        exclusive: true,
        open: () => {
          if (++open > 1) throw new RangeError('it is taken')
          return { isOpen: true }
        },
        close: () => {
          open--
        },
      },
      calls: { isOpen: (_state, _payload: undefined, { live }) => live.isOpen },
    })
    const same = { ...lock, version: '2', codeChange: { '1': 'unchanged' } } as const
    const states = [{ n: 1 }, { n: 2 }]
    const report = await testUpgrade(lock, same as never, { states, messages: [['isOpen']] })
    expect(report.lines).toEqual([])
    expect(open).toBe(0)
  })

  test('unchanged goes both ways; tables are migrated record by record', async () => {
    const towns = defineProcess({
      version: '1',
      init: () => ({ towns: table<string, { n: number }>() }),
      calls: { size: ({ towns: all }) => all.size },
    })
    const same = { ...towns, version: '2', codeChange: { '1': 'unchanged' } } as const
    const states = [{ towns: table([['a', { n: 1 }]]) }]
    const kept = await testUpgrade(towns, same as never, { states, messages: [['size']] })
    expect(kept).toMatchObject({ goesBack: true, lines: [] })
    const records = {
      ...towns,
      version: '2',
      codeChange: { '1': { tables: { towns: ({ n }: { n: number }) => ({ n: n + 1 }) } } },
    }
    const changed = await testUpgrade(towns, records as never, { states })
    expect(changed.goesBack).toBe(false)
    expect(changed.states[0]?.migrated).toEqual({ towns: new Map([['a', { n: 2 }]]) })
  })
})
