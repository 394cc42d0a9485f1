import { inspect, isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { isWhole, odd, oddValue, steps, whole } from '../fixtures/states/odd.ts'
import type { Odd } from '../fixtures/states/odd.ts'
import type places from '../fixtures/states/places.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

const [v1, v2] = [fixture('states/places.ts'), fixture('states/places-v2.ts')]
const names = Object.keys(odd) as Odd[]
const stepOf = (name: Odd): string => steps[name] ?? ''

async function opened() {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof places>(v1)
  return { runtime, code, ref: await code.spawn({ name: 'one', args: {} }) }
}

const refused = (kind: 'ARGUMENT' | 'REPLY' | 'STATE', path: string): object => {
  return { name: 'MoultError', code: `UNCLONEABLE_${kind}`, path }
}

describe('what structured clone would alter in silence is refused with its path', () => {
  test('as a payload, as args and as extra, before anything is sent', async () => {
    const { code, ref } = await opened()
    for (const name of names) {
      const value = { at: oddValue(name) }
      const step = `.at${stepOf(name)}`
      await expect(ref.call('echo', value)).rejects.toMatchObject(
        refused('ARGUMENT', `payload${step}`),
      )
      expect(() => ref.cast('put', value)).toThrow(
        expect.objectContaining(refused('ARGUMENT', `payload${step}`)) as Error,
      )
      const spawning = code.spawn({ args: { given: value } })
      await expect(spawning).rejects.toMatchObject(refused('ARGUMENT', `args.given${step}`))
      const upgrading = code.upgrade(v2, { extra: value })
      await expect(upgrading).rejects.toMatchObject(refused('ARGUMENT', `extra${step}`))
    }
    expect((await ref.inspect()).totals).toMatchObject({ calls: 0, casts: 0, upgrades: 0 })
  })

  test('as a reply, and the replies around it arrive; between processes, too', async () => {
    const { code, ref } = await opened()
    await code.spawn({ name: 'other', args: {} })
    for (const name of names) {
      const step = `.at${stepOf(name)}`
      const [before, reply, behind] = [
        ref.call('echo', 1),
        ref.call('reply', name),
        ref.call('echo', 2),
      ]
      await expect(reply).rejects.toMatchObject(refused('REPLY', `reply${step}`))
      expect([await before, await behind]).toEqual([1, 2])
      const asking = ref.call('ask', { process: 'other', name })
      await expect(asking).rejects.toMatchObject(refused('ARGUMENT', `payload${step}`))
    }
  })

  test('in a state: after init, in the dry run, without one, and by ref.state()', async () => {
    const { code, ref } = await opened()
    for (const name of names) {
      const path = `state.kept${stepOf(name)}`
      await expect(code.spawn({ args: { odd: name } })).rejects.toMatchObject(
        refused('STATE', path),
      )
    }
    for (const name of ['url', 'getter'] as const) {
      const unclean = refused('STATE', `state.kept${stepOf(name)}`)
      await ref.call('keep', name)
      await expect(ref.state()).rejects.toMatchObject(unclean)
      await expect(code.upgrade(v2)).rejects.toMatchObject({ ...unclean, phase: 'rehearse' })
      const unseen = code.upgrade(v2, { rehearse: false })
      await expect(unseen).rejects.toMatchObject({ ...unclean, phase: 'suspend' })
    }
    expect(ref.version).toBe('1.0.0')
    await ref.call('keep', 'nothing')
    await code.upgrade(v2)
    expect(ref.version).toBe('2.0.0')
  })

  test('in what codeChange makes, and the old version goes on', async () => {
    const { code, ref } = await opened()
    for (const name of ['headers', 'instance', 'symbol', 'aggregate'] as const) {
      for (const rehearse of [true, false]) {
        const upgrading = code.upgrade(v2, { rehearse, extra: { makes: name } })
        await expect(upgrading).rejects.toMatchObject(refused('STATE', `state.kept${stepOf(name)}`))
      }
    }
    expect(ref.version).toBe('1.0.0')
    expect(await ref.call('echo', 'serves')).toBe('serves')
  })

  test('in a record of a table', async () => {
    const { code, ref } = await opened()
    for (const name of ['params', 'list', 'hidden', 'pattern'] as const) {
      await ref.call('record', name)
      const path = `state.records.get("r")${stepOf(name)}`
      await expect(code.upgrade(v2)).rejects.toMatchObject(refused('STATE', path))
    }
    expect(ref.version).toBe('1.0.0')
  })

  test('in a field of an error it is left out, and the rest of the error arrives', async () => {
    const { ref } = await opened()
    for (const name of names) {
      const error: unknown = await ref.call('throwWith', name).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ message: 'thrown', kept: 1 })
      expect(error).not.toHaveProperty('detail')
    }
  })
})

test('in a log line it is a text, an error is an error, and what can be itself is', async () => {
  const lines: Record<string, unknown>[] = []
  const info = (_message: string, fields: Record<string, unknown>): void => void lines.push(fields)
  const silent = (): void => undefined
  const runtime = await testRuntime({
    logger: { debug: silent, warn: silent, error: silent, info },
  })
  const ref = await (await runtime.load<typeof places>(v1)).spawn({ args: {} })
  for (const name of [...names, 'whole'] as const) ref.cast('log', name)
  await ref.call('echo', undefined)
  expect(lines).toHaveLength(names.length + 1)
  names.forEach((name, index) => {
    const value = lines[index]?.['value']
    if (name === 'error' || name === 'aggregate') expect(value).toBeInstanceOf(Error)
    else expect(value).toBeTypeOf('string')
    expect(lines[index]).toMatchObject({ beside: 1, version: '1.0.0' })
  })
  expect(lines[names.indexOf('url')]).toMatchObject({ value: inspect(oddValue('url')) })
  expect(lines[names.indexOf('error')]).toMatchObject({ value: { code: 'E_ODD' } })
  expect(isWhole(lines.at(-1)?.['value'] as ReturnType<typeof whole>)).toBe(true)
})

describe('Buffers and objects without a prototype stay what they are', () => {
  test('in payloads, replies, args, errors and calls between processes', async () => {
    const { code, ref } = await opened()
    expect(isWhole((await ref.call('echo', whole())) as ReturnType<typeof whole>)).toBe(true)
    expect(await ref.call('isWhole', whole())).toBe(true)
    const moved = Buffer.from(new ArrayBuffer(8))
    const reply = ref.with({ transfer: [moved.buffer] }).call('echo', { moved })
    expect(isDeepStrictEqual(await reply, { moved: Buffer.alloc(8) })).toBe(true)
    const other = await code.spawn({ name: 'other', args: { given: whole() } })
    expect(await other.call('isKeptWhole')).toBe(true)
    expect(await ref.call('ask', { process: 'other', name: 'whole' })).toBe(true)
    const error: unknown = await ref.call('throwWith', 'whole').catch((thrown: unknown) => thrown)
    expect(isWhole((error as { detail: ReturnType<typeof whole> }).detail)).toBe(true)
  })

  test('in states, tables and extra, through upgrades and downgrades', async () => {
    const { code, ref } = await opened()
    await ref.call('keep', 'whole')
    await ref.call('record', 'whole')
    const areWhole = async (): Promise<unknown[]> => [
      await ref.call('isKeptWhole'),
      await ref.call('isRecordWhole'),
      isWhole((await ref.state()).kept as ReturnType<typeof whole>),
    ]
    expect(await areWhole()).toEqual([true, true, true])
    for (const rehearse of [true, false]) {
      await code.upgrade(v2, { rehearse, extra: { given: whole() } })
      expect(await areWhole()).toEqual([true, true, true])
      await code.downgrade(v1)
      expect(await areWhole()).toEqual([true, true, true])
    }
  })
})
