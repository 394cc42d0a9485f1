import { describe, expect, test } from 'vitest'
import { rejection, world } from './contract-programs.ts'
import type { Parts, Program } from './contract-programs.ts'

interface Moving extends Omit<Program, 'calls'> {
  readonly calls: Program['calls'] & {
    /** Waits at the gate, and says how many bytes it has. */
    readonly hold: (state: unknown, at: { gate: string; bytes: Uint8Array }) => Promise<number>
  }
}

const calls = `
  hold: async (state, { gate, bytes }, { services, self }) => {
    note(state, gate)
    await services.gates.pass(gate)
    return bytes.length
  },
`
const parts = (concurrency: number, fields = ''): Parts => {
  return { calls, fields: `concurrency: ${concurrency}, ${fields}` }
}

async function begin(concurrency: number, isolates: 'per-process' | number = 'per-process') {
  const made = await world([
    parts(concurrency),
    parts(concurrency, "codeChange: { '1': 'unchanged' },"),
  ])
  const code = await made.runtime.load<Moving>(made.file(1), { name: 'moving', isolates })
  const ref = await code.spawn()
  const hold = (gate: string, size: number): Promise<number> => {
    const bytes = new Uint8Array(size)
    return ref.with({ transfer: [bytes.buffer] }).call('hold', { gate, bytes })
  }
  return { ...made, code, ref, hold }
}

describe.each(['per-process', 1] as const)('isolates: %s', (isolates) => {
  test('a call that moves its buffers holds up no other, nor do others hold it up', async () => {
    const { ref, gates, hold } = await begin(4, isolates)
    const slow = ref.call('wait', 'slow')
    await gates.reached('slow')
    const held = [hold('one', 1), hold('two', 2)]
    await Promise.all([gates.reached('one'), gates.reached('two')])
    expect(await ref.call('number', 7)).toBe(7)
    gates.open('two')
    expect(await held[1]).toBe(2)
    gates.open('one')
    gates.open('slow')
    expect(await held[0]).toBe(1)
    await slow
  })

  test('all are handled once, in their order, whatever moves, and by the old version where it has them', async () => {
    const { code, ref, file, gates, hold } = await begin(4, isolates)
    const first = hold('first', 1)
    const many = Array.from({ length: 60 }, (_none, index) => {
      const bytes = new Uint8Array(index + 1)
      const at = { gate: `${index}`, bytes }
      gates.open(at.gate)
      if (index % 3 > 0) return ref.call('hold', at)
      return ref.with({ transfer: [bytes.buffer] }).call('hold', at)
    })
    await gates.reached('first')
    const upgrade = code.upgrade(file(2))
    gates.open('first')
    const sizes = await Promise.all(many)
    expect(sizes).toEqual(sizes.map((_size, index) => index + 1))
    await upgrade
    expect(await first).toBe(1)
    const log = (await ref.call('log')).map((each) => each.slice(2))
    expect(log).toEqual(['first', ...sizes.map((_size, index) => `${index}`)])
  })
})

test('where one is handled at a time, it waits for its turn and the others wait for theirs', async () => {
  const { ref, gates, hold } = await begin(1)
  const held = hold('one', 1)
  const behind = ref.call('number', 7)
  await gates.reached('one')
  expect(await Promise.race([behind, gates.reached('one').then(() => 'held')])).toBe('held')
  gates.open('one')
  expect([await held, await behind]).toEqual([1, 7])
  expect(await ref.call('log')).toEqual(['1:one', '1:7'])
})

test('what has moved fails with its thread, and what is behind it is handled by the next one', async () => {
  const { ref, gates, hold } = await begin(4)
  const lost = [rejection(hold('one', 1)), rejection(hold('two', 2))]
  await Promise.all([gates.reached('one'), gates.reached('two')])
  const died = rejection(ref.call('die'))
  const behind = ref.call('number', 7)
  for (const each of [...lost, died]) expect(await each).toMatchObject({ code: 'ISOLATE_EXITED' })
  expect(await behind).toBe(7)
})
