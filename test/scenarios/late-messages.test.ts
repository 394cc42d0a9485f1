import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { rejection } from './contract-programs.ts'
import { files, share } from './shared.ts'

test('an init that ends when its process has been given up does not make the state of who has its place', async () => {
  const { code, rooms } = await share(1, 1, { initTimeoutMs: 1000 })
  const [neighbour] = rooms
  const late = rejection(code.spawn({ name: 'late', args: { start: 1, latch: 'late' } }))
  expect(await late).toMatchObject({ code: 'INIT_FAILED', process: 'late' })
  // Behind the end of the one that was given up.
  await neighbour!.call('get')
  let isThere = false
  const spawned = code.spawn({ name: 'next', args: { start: 2, latch: 'next' } })
  void spawned.then(() => (isThere = true))
  await expect.poll(() => neighbour!.call('isWaitedFor', 'next')).toBe(true)
  await neighbour!.call('lift', 'late')
  await neighbour!.call('get')
  await turn()
  expect(isThere).toBe(false)
  await neighbour!.call('lift', 'next')
  expect(await (await spawned).call('get')).toBe(2)
})

test('a codeChange that ends when it has been given up does not let another process serve that has its place', async () => {
  const { code, rooms } = await share(3, 1)
  const [neighbour, late, next] = rooms
  await code.load(files.v2)
  await neighbour!.upgrade('2.0.0')
  const held = { rehearse: false, extra: { at: 'all', by: 'latch' } }
  const given = rejection(late!.upgrade('2.0.0', { ...held, codeChangeTimeoutMs: 300 }))
  expect(await given).toMatchObject({ code: 'CODE_CHANGE_TIMEOUT', phase: 'transfer' })
  const upgrade = next!.upgrade('2.0.0', held)
  await expect.poll(() => neighbour!.call('isWaitedFor', '1002')).toBe(true)
  await neighbour!.call('lift', '1001')
  await neighbour!.call('get')
  expect((await next!.inspect()).lifecycle).toBe('entering')
  await neighbour!.call('lift', '1002')
  await upgrade
  expect(await Promise.all(rooms.map((room) => room.call('get')))).toEqual([1000, 1001, 1002])
  expect(rooms.map(({ version }) => version)).toEqual(['2.0.0', '1.0.0', '2.0.0'])
})

test('while a version enters, a name that neither version has is refused at once, also by a full mailbox', async () => {
  const { code, rooms } = await share(1, 1)
  const [neighbour] = rooms
  const mailbox = { capacity: 1 }
  const room = await code.spawn({ name: 'small', args: { start: 1001 }, mailbox })
  await code.load(files.v2)
  await neighbour!.upgrade('2.0.0')
  const upgrade = room.upgrade('2.0.0', { rehearse: false, extra: { at: 'all', by: 'latch' } })
  await expect.poll(() => neighbour!.call('isWaitedFor', '1001')).toBe(true)
  const loose = room as unknown as {
    call(name: string): Promise<unknown>
    cast(name: string): void
  }
  const refuse = async () => {
    expect(await rejection(loose.call('nowhere'))).toMatchObject({ code: 'UNKNOWN_CALL' })
    expect(() => loose.cast('get')).toThrow(expect.objectContaining({ code: 'UNKNOWN_CAST' }))
  }
  await refuse()
  const waiting = room.call('get')
  await refuse()
  await neighbour!.call('lift', '1001')
  await upgrade
  expect(await waiting).toBe(1001)
})
