import type { AnyDefinition, ProcessRef, Services } from 'moult'
import { describe, expect, test } from 'vitest'
import { folderOfFile } from '../support/folders.ts'
import { writeFiles } from '../support/project.ts'
import { shared, testRuntime } from '../support/runtime.ts'

/** A process that runs whatever it is told, as a hostile program would. */
interface Hostile extends AnyDefinition {
  readonly init: () => unknown
  readonly calls: {
    readonly run: (state: never, source: string) => Promise<unknown>
    readonly runs: (state: never) => number
  }
}

const hostile = `
import { inspect } from 'node:util'
import * as threads from 'node:worker_threads'
const AsyncFunction = (async () => {}).constructor
export default {
  version: '1.0.0',
  init: () => ({ runs: 0 }),
  calls: {
    run: (state, source, { services }) => {
      state.runs++
      return new AsyncFunction('services', 'inspect', 'threads', source)(services, inspect, threads)
    },
    runs: (state) => state.runs,
  },
}
`

/** Takes the port of the services, and posts on it what it likes. */
const raw = `
const { prototype } = threads.MessagePort
const real = prototype.postMessage
let port
prototype.postMessage = function (...message) {
  if (message[0][1] === 'now') port = this
  return real.apply(this, message)
}
await services.now()
prototype.postMessage = real
const value = { type: 'RAW', value: 9 }
const path = ['db', 'limit']
for (const type of ['GET', 'SET', 'APPLY', 'CONSTRUCT', 'ENDPOINT', 'RELEASE']) {
  port.postMessage({ id: '1', type, path, value, argumentList: [value] })
}
const answers = []
port.on('message', (answer) => answers.push(answer))
const names = ['limit', 'constructor', '__proto__', 'prototype', 'toString', 'apply']
for (const [at, name] of names.entries()) port.postMessage([1000 + at, 'db', name, ['globalThis.hit = 1']])
await services.now()
return answers.slice(0, -1).map(({ threw, value }) => [threw, value.fields.code])
`

class Store {
  limit = 5
  #rows = ['tea']
  count(): number {
    return this.#rows.length
  }
}

async function start(): Promise<{ db: Store; ref: ProcessRef<Hostile> }> {
  const db = new Store()
  const deep = (): unknown => ({ on: () => 1 })
  const move = (bytes: Uint8Array): number => bytes.byteLength
  const services = { db, deep, move, now: () => 42 } as unknown as Services
  const root = await folderOfFile()
  await writeFiles(root, { 'package.json': '{ "type": "module" }', 'hostile.js': hostile })
  const runtime = await testRuntime({ services })
  const code = await runtime.load<Hostile>(`${root}/hostile.js`)
  return { db, ref: await code.spawn() }
}

describe('a program that may do anything', () => {
  const world = shared(start)

  describe('is refused what reaches into main, goes on, and has changed nothing', () => {
    test.each([
      'services.db.limit = 9',
      'services.db = null',
      'delete services.db',
      'services.db.count = () => 9',
      'services.db.limit',
      'await services.db.limit',
      'await services.none.get()',
      'await services.db.nothing()',
      'new services.db.count.constructor("globalThis.hit = 1")()',
      'new services.db.count()',
      'services.db.__proto__.polluted = true',
      'services.constructor.constructor("globalThis.hit = 1")()',
      'Object.setPrototypeOf(services.db, null)',
      `const merge = (into, from) => {
      for (const key of Object.keys(from)) {
        if (typeof from[key] === 'object') merge(into[key], from[key])
        else into[key] = from[key]
      }
    }
    merge(services.db, JSON.parse('{ "__proto__": { "polluted": true } }'))`,
    ])('%s', async (source) => {
      const { db, ref } = world()
      await expect(ref.call('run', source)).rejects.toMatchObject({ code: 'UNKNOWN_SERVICE' })
      expect(db.limit).toBe(5)
      expect(await ref.call('run', 'return services.db.count()')).toBe(1)
      expect(Object.keys(Object.prototype)).toEqual([])
      expect('hit' in globalThis).toBe(false)
    })
  })

  test('raw messages at the port of the services reach nothing', async () => {
    const { db, ref } = world()
    const refused = [true, 'UNKNOWN_SERVICE']
    expect(await ref.call('run', raw)).toEqual(Array.from({ length: 6 }, () => refused))
    expect([db.limit, 'hit' in globalThis]).toEqual([5, false])
  })

  test('a program that prints its services goes on with its state', async () => {
    const { ref } = world()
    const runs = await ref.call('runs')
    const text = await ref.call(
      'run',
      `const texts = [inspect(services), String(services), JSON.stringify(services)]
    return [...texts, ...Object.keys({ ...services })].join(' ')`,
    )
    expect(text).toContain('services { db, deep, move, now }')
    expect(text).toContain('"db":{"count":"services.db.count()"}')
    expect(await ref.call('runs')).toBe(runs + 1)
  })

  test('arguments and results that cannot cross are refused by their paths, whatever is under way', async () => {
    const { ref } = world()
    const told = await ref.call(
      'run',
      `let value = {}
    const nested = []
    for (let level = 0; level <= 40_000; level++) {
      value = { value }
      if (level % 2_000 === 0) nested.push(value)
    }
    const calls = [services.move(() => 1), services.deep(), services.move(new Uint8Array(3))]
    calls.push(...nested.map((each) => services.move(each)), services.now())
    const ends = await Promise.allSettled(calls)
    return ends.map(({ value, reason }) => reason === undefined ? value : [reason.code, reason.path])`,
    )
    const [argument, result, moved, ...others] = told as unknown[]
    expect(argument).toEqual(['UNCLONEABLE_ARGUMENT', 'services.move: arguments[0]'])
    expect(result).toEqual(['UNCLONEABLE_REPLY', 'services.deep: result.on'])
    expect([moved, others.at(-1)]).toEqual([3, 42])
    // Some are not written, some are written and cannot be read.
    const nested = others.slice(0, -1).map((each) => JSON.stringify(each ?? 'moved'))
    expect(new Set(nested.map((each) => each.replace(/\[0\].*\]$/, '"]')))).toEqual(
      new Set(['"moved"', '["UNCLONEABLE_ARGUMENT","services.move: arguments"]']),
    )
  })
})

test('what a program adds to the prototype of all objects changes nothing of moult', async () => {
  const added = { polluted: 1, timeoutMs: 0, groupSize: -1, type: 'several' }
  Object.assign(Object.prototype, added)
  try {
    const { ref } = await start()
    expect(await ref.call('run', 'return services.now()')).toBe(42)
    expect(await ref.with({ timeoutMs: 60_000 }).call('runs')).toBe(1)
    await ref.stop()
  } finally {
    for (const key of Object.keys(added)) Reflect.deleteProperty(Object.prototype, key)
  }
})
