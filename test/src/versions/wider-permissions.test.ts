// @module-tag once
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { permissions as schema } from '../../../src/options/permissions.ts'
import type { PermissionSet, Permissions } from '../../../src/options/permissions.ts'
import { parseOptions } from '../../../src/options/parse-options.ts'
import { widerThan } from '../../../src/versions/wider-permissions.ts'

const names = ['a', 'ab', '..b'] as const
const files = names.flatMap((one) => [one, ...names.map((other) => path.join(one, other))])
const some = fc.oneof(fc.boolean(), fc.subarray(files))
const given = fc.record({
  read: some,
  write: some,
  childProcess: fc.boolean(),
  worker: fc.boolean(),
  net: fc.boolean(),
  addons: fc.boolean(),
})
const permissions = given.map((each): PermissionSet => parseOptions('load', schema, each))

/** What may be done, spelled out: with each folder, and with a file that may come into it. */
function all(set: PermissionSet | undefined): Set<string> {
  const named = [...files, 'other'].flatMap((each) => [each, path.join(each, 'new')])
  const has = (allowed: PermissionSet['read'], file: string): boolean =>
    typeof allowed === 'boolean'
      ? allowed
      : allowed.some((folder) => `${path.resolve(file)}/`.startsWith(`${folder}/`))
  const done = (['read', 'write'] as const).flatMap((name) =>
    named.filter((file) => set === undefined || has(set[name], file)).map((file) => name + file),
  )
  const rest = (['childProcess', 'worker', 'net', 'addons'] as const).filter(
    (name) => set === undefined || set[name],
  )
  return new Set([...done, ...rest, ...(set === undefined ? ['foreign functions'] : [])])
}

test('one is wider where it allows something that the other does not', () => {
  const maybe = fc.option(permissions, { nil: undefined })
  fc.assert(
    fc.property(maybe, maybe, (next, before) => {
      const allowed = all(before)
      const isWider = [...all(next)].some((each) => !allowed.has(each))
      expect(widerThan(next, before).length > 0).toBe(isWider)
    }),
    { numRuns: 2000 },
  )
})

test('what is wider is named', () => {
  const none: Permissions = {}
  const nothing: PermissionSet = parseOptions('load', schema, none)
  const [open, inner] = ['/open', '/open/inner'].map((each) => path.resolve(each)) as [
    string,
    string,
  ]
  const next = { ...nothing, read: [open, path.resolve('/other')], write: true, net: true }
  const before = { ...nothing, read: [open], write: [open] }
  expect(widerThan(next, before)).toEqual([
    `read: ${path.resolve('/other')}`,
    'write: all files',
    'net',
  ])
  expect(widerThan({ ...before, read: [inner] }, before)).toEqual([])
  expect(widerThan(before, { ...before, read: [inner] })).toEqual([`read: ${open}`])
  expect(widerThan(undefined, before)).toEqual(['anything'])
})
