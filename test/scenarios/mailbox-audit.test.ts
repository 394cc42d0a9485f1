// @module-tag once
import type { Phase, ProcessRef, UpgradeReport } from 'moult'
import { expect, test } from 'vitest'
import { rejection, world } from './contract-programs.ts'
import type { Parts, Program, World } from './contract-programs.ts'
import { TestGates } from './gates.ts'

const from1 = "codeChange: { '1': 'unchanged' },"
const numbers = "schemas: { calls: { number: { payload: is((n) => typeof n === 'number') } } },"
const finite = 'schemas: { calls: { number: { payload: is(Number.isFinite) } } },'
const doubled =
  "upcast: { '1': { calls: { number: (n) => ({ name: 'number', payload: n * 2 }) } } },"

/** A process of version 1 that is held by its first message, so that what follows waits. */
async function held(
  versions: readonly Parts[],
  onPhase: (phase: Phase, world: World, ref: ProcessRef<Program>) => void = () => undefined,
): Promise<World & { readonly ref: ProcessRef<Program>; readonly busy: Promise<void> }> {
  const gates = new TestGates()
  const faultPoint = (phase: Phase): void => {
    // The suspend waits for the handler.
    if (phase === 'suspend') setImmediate(() => gates.open('busy'))
    onPhase(phase, made, ref)
  }
  const made: World = await world([{}, ...versions], { faultPoint }, gates)
  const ref = await made.code.spawn({ name: 'held' })
  const busy = ref.call('wait', 'busy')
  await gates.reached('busy')
  return { ...made, ref, busy }
}

const upgrading = { rehearse: false }

test('of a long queue each message is counted by its name, in many turns of the event loop', async () => {
  let turns = 0
  let isAuditing = false
  const turn = (): void => {
    turns++
    if (isAuditing) setImmediate(turn)
  }
  const count = 20_000
  const { code, ref, file } = await held([{ fields: from1 + numbers + doubled }], (phase) => {
    isAuditing = phase === 'audit'
    if (isAuditing) turn()
  })
  const replies: Promise<unknown>[] = []
  for (let n = 0; n < count; n++) {
    if (n % 4 === 0) ref.cast('put', n)
    else replies.push(ref.call('number', n))
  }
  const report = await code.upgrade(file(2), upgrading)
  expect(report.mailboxAudit).toEqual({
    fit: count / 4,
    upcast: (count * 3) / 4,
    refused: 0,
    removed: 0,
    byName: {
      put: { fit: count / 4, upcast: 0, refused: 0, removed: 0 },
      number: { fit: 0, upcast: (count * 3) / 4, refused: 0, removed: 0 },
    },
  })
  expect(report.processes[0]?.mailboxAudit).toEqual(report.mailboxAudit)
  expect(turns).toBeGreaterThanOrEqual(count / 250)
  await Promise.all(replies)
  const expected = Array.from({ length: count }, (_, n) => `2:${n % 4 === 0 ? n : n * 2}`)
  expect(await ref.call('log')).toEqual(expected)
})

test('what the old version has begun is its own: it refuses nothing', async () => {
  const strict = 'schemas: { calls: { wait: { payload: is(() => false) } } },'
  const { code, ref, busy, file } = await held([{ fields: from1 + strict }])
  const report = await code.upgrade(file(2), upgrading)
  expect(report.mailboxAudit).toMatchObject({ fit: 0, upcast: 0, refused: 0 })
  await busy
  await expect(ref.call('wait', 'x')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
})

test('a queue that cannot be read says what does not fit, how often and why', async () => {
  const { code, ref, gates, file } = await held([{ fields: from1 + numbers }])
  const replies = [1, 'two', 3, 'four'].map((n) => ref.call('number', n))
  const error = await rejection(code.upgrade(file(2), upgrading))
  const received = '2 × number (payload is the string "two": what fits)'
  expect(error).toMatchObject({
    code: 'MAILBOX_REFUSED',
    phase: 'audit',
    process: 'held',
    from: '1',
    to: '2',
    expected: "messages that 2 can read, or upcast['1'] in it",
    received,
    message: `held: messages that wait do not fit 2: ${received}`,
  })
  gates.open('busy')
  expect(await Promise.all(replies)).toEqual([1, 'two', 3, 'four'])
  expect(await ref.call('log')).toEqual(['1:1', '1:two', '1:3', '1:four'])
})

const lacksOld = { top: '', fields: from1 }
const oldUpcast = (body: string): Parts => {
  return { fields: `${from1} upcast: { '1': { calls: { old: (p) => ${body} } } },` }
}

test.each<[string, Parts, Partial<UpgradeReport['mailboxAudit']>, object]>([
  ['lost', lacksOld, { refused: 1, removed: 1 }, { code: 'UNKNOWN_CALL' }],
  ['translated', oldUpcast("({ name: 'number', payload: p + 1 })"), { upcast: 1, refused: 0 }, {}],
])('a removed call that waits is %s where that is allowed', async (_what, next, audit, failure) => {
  const gates = new TestGates()
  const faultPoint = (phase: Phase): void => {
    if (phase === 'suspend') setImmediate(() => gates.open('busy'))
  }
  const { code, file } = await world([{ calls: 'old: () => 1,' }, next], { faultPoint }, gates)
  const ref = await code.spawn()
  void ref.call('wait', 'busy')
  await gates.reached('busy')
  const old = ref.call('old' as 'number', 41).catch((error: unknown) => error)
  const behind = ref.call('number', 7)
  await expect(code.upgrade(file(2), upgrading)).rejects.toMatchObject({ code: 'CALLS_REMOVED' })
  const report = await code.upgrade(file(2), { ...upgrading, allowRemoved: true })
  expect(report.mailboxAudit).toMatchObject(audit)
  if (audit.upcast === 1) expect(await old).toBe(42)
  else expect(await old).toMatchObject(failure)
  expect(await behind).toBe(7)
})

test('an upcast of a removed call that fails refuses the upgrade, even where the call may go', async () => {
  const next = oldUpcast("{ throw new Error('cannot') }")
  const { code, file, gates } = await world([{ calls: 'old: () => 1,' }, next])
  const ref = await code.spawn()
  void ref.call('wait', 'busy')
  await gates.reached('busy')
  const old = ref.call('old' as 'number', 41)
  const upgrade = code.upgrade(file(2), { ...upgrading, allowRemoved: true })
  await expect(upgrade).rejects.toMatchObject({
    code: 'MAILBOX_REFUSED',
    received: '1 × old (upcast of old from 1 threw: cannot)',
  })
  gates.open('busy')
  expect(await old).toBe(1)
})

test.each<Phase>(['suspend', 'transfer', 'resume'])(
  'what comes at %s, after the audit, is translated or refused when its turn comes',
  async (at) => {
    const late: Promise<unknown>[] = []
    const { code, file } = await held([{ fields: from1 + finite + doubled }], (phase, _, ref) => {
      if (phase !== at) return
      ref.cast('put', 'late')
      late.push(ref.call('number', 5), rejection(ref.call('number', { no: 1 })), ref.call('log'))
    })
    await code.upgrade(file(2), upgrading)
    expect(await Promise.all(late)).toEqual([
      10,
      expect.objectContaining({ code: 'INVALID_ARGUMENT', path: 'payload' }),
      ['2:late', '2:10'],
    ])
  },
)

test.each<Phase>(['suspend', 'transfer', 'resume'])(
  'an upgrade that fails at %s gives the messages back as they were sent',
  async (at) => {
    const { code, ref, file } = await held([{ fields: from1 + numbers + doubled }], (phase) => {
      if (phase === at) throw new Error('not today')
    })
    const replies = [1, 2, 3].map((n) => ref.call('number', n))
    await expect(code.upgrade(file(2), upgrading)).rejects.toMatchObject({ phase: at })
    expect(await Promise.all(replies)).toEqual([1, 2, 3])
    expect(await ref.call('log')).toEqual(['1:1', '1:2', '1:3'])
  },
)

test('a message that has waited through two upgrades is translated from the version that accepted it', async () => {
  const tens =
    "upcast: { '1': { calls: { number: (n) => ({ name: 'number', payload: n * 10 }) } } },"
  const from2 = "codeChange: { '2': 'unchanged' },"
  const { code, ref, file, gates } = await held(
    [{ fields: from1 + doubled }, { fields: from2 + numbers }, { fields: from2 + numbers + tens }],
    (phase) => {
      if (phase === 'suspend' && code.version.version === '2')
        setImmediate(() => gates.open('second'))
    },
  )
  const second = ref.call('wait', 'second')
  const [text, number] = [ref.call('number', 'x'), ref.call('number', 1)]
  await code.upgrade(file(2), upgrading)
  await gates.reached('second')
  // Version 3 says nothing of version 1: it takes its messages as they are, where its schemas do.
  const refused = code.upgrade(file(3), upgrading)
  await expect(refused).rejects.toMatchObject({
    code: 'MAILBOX_REFUSED',
    received: '1 × number (payload is the string "x": what fits)',
  })
  const report = await code.upgrade(file(4), upgrading).catch((error: unknown) => error)
  // 'x' * 10 is NaN, which is a number.
  expect(report).toMatchObject({ mailboxAudit: { upcast: 2, refused: 0 } })
  await second
  expect(await Promise.all([text, number])).toEqual([NaN, 10])
})

const stuck: [string, string, string][] = [
  [
    'a schema never answers',
    'schemas: { calls: { number: { payload: never } } },',
    'CODE_CHANGE_TIMEOUT',
  ],
  ['an upcast loops for ever', oldNumber('{ for (;;); }'), 'CODE_CHANGE_TIMEOUT'],
  ['an upcast ends the thread', oldNumber('process.exit(7)'), 'ISOLATE_EXITED'],
  ['an upcast rejects', oldNumber("Promise.reject(new Error('late'))"), 'MAILBOX_REFUSED'],
]

function oldNumber(body: string): string {
  return `upcast: { '1': { calls: { number: () => ${body} } } },`
}

test.each(stuck)(
  'when %s the upgrade is refused and the old version goes on',
  async (_, fields, code) => {
    const made = await held([{ fields: from1 + fields }])
    const replies = [1, 2].map((n) => made.ref.call('number', n))
    const { isolates } = made.runtime
    const upgrade = made.code.upgrade(made.file(2), { ...upgrading, codeChangeTimeoutMs: 300 })
    await expect(upgrade).rejects.toMatchObject({ code, phase: 'audit' })
    made.gates.open('busy')
    expect(await Promise.all(replies)).toEqual([1, 2])
    expect(made.ref.version).toBe('1')
    await expect.poll(() => made.runtime.isolates).toBeLessThanOrEqual(isolates)
  },
)

test.each(['abort', 'close'] as const)('%s while the audit waits ends it', async (how) => {
  const abort = new AbortController()
  const never = 'schemas: { calls: { number: { payload: never } } },'
  const made = await held([{ fields: from1 + never }], (phase) => {
    if (phase !== 'audit') return
    setImmediate(() => {
      if (how === 'abort') abort.abort(new Error('enough'))
      else closed = made.runtime.close()
    })
  })
  let closed: Promise<void> | undefined
  const reply = made.ref.call('number', 1)
  const upgrade = made.code.upgrade(made.file(2), { ...upgrading, signal: abort.signal })
  const code = how === 'abort' ? 'UPGRADE_ABORTED' : 'RUNTIME_CLOSED'
  await expect(upgrade).rejects.toMatchObject({ code, phase: 'audit' })
  made.gates.open('busy')
  expect(await reply).toBe(1)
  await closed
})
