// @module-tag once
import path from 'node:path'
import { expect, test } from 'vitest'
import { checkEnforceable } from '../../../src/isolates/enforceable-permissions.ts'
import type { Keeper } from '../../../src/isolates/enforceable-permissions.ts'
import type { PermissionSet } from '../../../src/options/permissions.ts'

const nothing: PermissionSet = {
  read: false,
  write: false,
  childProcess: false,
  worker: false,
  net: false,
  addons: false,
}
const free: Keeper = { canDenyNet: true, nodeOptions: '', mayItself: () => true }
const open = path.resolve('/open')
/** Node was started with `--permission --allow-fs-read=/open --allow-worker`. */
const restricted: Keeper = {
  ...free,
  mayItself: (scope, file) => scope === 'worker' || (scope === 'fs.read' && file === open),
}

test('a Node that is free can keep any permissions', () => {
  checkEnforceable(nothing, free)
  checkEnforceable({ ...nothing, read: true, write: true, addons: true, net: true }, free)
})

test('where the network cannot be denied it has to be allowed', () => {
  const old = { ...free, canDenyNet: false }
  checkEnforceable({ ...nothing, net: true }, old)
  expect(() => {
    checkEnforceable(nothing, old)
  }).toThrow(expect.objectContaining({ code: 'PERMISSION_UNSUPPORTED', path: 'permissions.net' }))
})

test('flags that Node gives to each thread are refused', () => {
  const nodeOptions = '--max-old-space-size=100 --allow-fs-read=* --permission'
  expect(() => {
    checkEnforceable(nothing, { ...free, nodeOptions })
  }).toThrow(
    expect.objectContaining({ code: 'PERMISSION_UNSUPPORTED', received: '--allow-fs-read=*' }),
  )
  checkEnforceable(nothing, { ...free, nodeOptions: '--permission' })
})

test.each<readonly [Partial<PermissionSet>, string | undefined]>([
  [{}, undefined],
  [{ read: [open], worker: true }, undefined],
  [{ read: true }, 'read'],
  [{ read: [open, path.resolve('/other')] }, 'read'],
  [{ write: [open] }, 'write'],
  [{ childProcess: true }, 'childProcess'],
  [{ addons: true }, 'addons'],
  [{ net: true }, 'net'],
])('a thread gets no more than Node itself has: %j', (asked, refused) => {
  const check = (): void => {
    checkEnforceable({ ...nothing, ...asked }, restricted)
  }
  if (refused === undefined) check()
  else expect(check).toThrow(expect.objectContaining({ path: `permissions.${refused}` }))
})
