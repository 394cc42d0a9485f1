// @module-tag once
import path from 'node:path'
import type { LoadOptions } from 'moult'
import { expect, test } from 'vitest'
import type { Permissions } from '../../../src/options/permissions.ts'
import { parseOptions } from '../../../src/options/parse-options.ts'
import { loadSchema } from '../../../src/options/options.ts'
import { refusal } from './refusal.ts'

function parsed(permissions: Permissions | undefined): unknown {
  const options: LoadOptions = permissions === undefined ? {} : { permissions }
  return parseOptions('load', loadSchema, options).permissions
}

test('what is not named is denied', () => {
  const all = {
    read: false,
    write: false,
    childProcess: false,
    worker: false,
    net: false,
    addons: false,
  }
  expect(parsed({})).toEqual(all)
  expect(parsed({ read: true, net: true })).toEqual({ ...all, read: true, net: true })
  expect(parsed(undefined)).toBeUndefined()
})

test('paths are absolute, sorted, and named once, the outermost alone', () => {
  const [a, b] = [path.resolve('a'), path.resolve('b')]
  expect(parsed({ read: ['b/', 'a', './b', 'b/c', 'b/../a'] })).toMatchObject({ read: [a, b] })
  expect(parsed({ read: ['ab', 'a'] })).toMatchObject({ read: [a, path.resolve('ab')] })
  expect(parsed({ write: [] })).toMatchObject({ write: false })
})

test.each(['', '/etc/*', 1, null, {}])('%j is no path', (value) => {
  const expected = 'a path without *, of at least one character'
  const error = refusal('load', { permissions: { read: ['/etc', value] } })
  expect(error).toMatchObject({ code: 'INVALID_OPTION', path: 'permissions.read[1]', expected })
})
