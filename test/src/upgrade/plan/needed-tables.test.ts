// @module-tag once
import { expect, test } from 'vitest'
import { neededTables } from '../../../../src/upgrade/plan/needed-tables.ts'
import type { MigrationPath } from '../../../../src/upgrade/plan/migration-path.ts'
import type { Migration } from '../../../../src/protocol/wire/migration.ts'
import type { Contract } from '../../../../src/protocol/definition/contract.ts'
import { Version } from '../../../../workers/state/version.ts'

/** Contracts of versions with these steps. */
function contracts(steps: Readonly<Record<string, object>>): (label: string) => Contract {
  return (version) => new Version({ version, init: () => ({}), ...steps[version] }).contract
}

const move = (from: string, to: string, by: Migration['by'], byRecord = true): Migration => {
  return { from, to, by, ...(byRecord && { byRecord }), extra: undefined }
}
const nothing = (from: string, to: string): Migration => move(from, to, 'unchanged', false)

/** From 1 over 2 to 3, each by a `codeChange`. */
function up(isWhole = false): MigrationPath {
  return {
    start: '1',
    leave: nothing('1', '2'),
    hops: [{ version: '2', migration: move('1', '2', 'codeChange', !isWhole) }],
    enter: move('2', '3', 'codeChange'),
  }
}

const change = (value: unknown): unknown => value

test('a step needs the tables that it names', () => {
  const tables = { cities: change, places: { towns: change, ruins: 'unchanged' }, cache: {} }
  const path = {
    start: '1',
    leave: nothing('1', '2'),
    hops: [],
    enter: move('1', '2', 'codeChange'),
  }
  const needed = neededTables(path, '2', contracts({ 2: { codeChange: { 1: { tables } } } }))
  expect([...needed]).toEqual([
    ['cities', "codeChange['1'].tables.cities"],
    ['places', "codeChange['1'].tables.places"],
    ['cache', "codeChange['1'].tables.cache"],
  ])
})

test('a later step needs what those before it have not made', () => {
  const steps = {
    2: { codeChange: { 1: { tables: { places: { towns: change } } } } },
    3: { codeChange: { 2: { tables: { towns: change, cities: change, places: change } } } },
  }
  const needed = neededTables(up(), '3', contracts(steps))
  expect([...needed]).toEqual([
    ['places', "codeChange['1'].tables.places"],
    ['cities', "codeChange['2'].tables.cities"],
  ])
})

test('behind a function of the whole state nothing is known', () => {
  const steps = {
    2: { codeChange: { 1: change } },
    3: { codeChange: { 2: { tables: { towns: change } } } },
  }
  expect(neededTables(up(true), '3', contracts(steps)).size).toBe(0)
})

test('on the way back the version that is left names them', () => {
  const path = {
    start: '2',
    leave: move('2', '1', 'downgrade'),
    hops: [],
    enter: nothing('2', '1'),
  }
  const steps = { 2: { downgrade: { 1: { tables: { towns: { places: change } } } } } }
  expect([...neededTables(path, '1', contracts(steps))]).toEqual([
    ['towns', "downgrade['1'].tables.towns"],
  ])
})

test('a step without tables needs none', () => {
  const path = {
    start: '1',
    leave: nothing('1', '2'),
    hops: [],
    enter: move('1', '2', 'codeChange'),
  }
  const steps = { 2: { codeChange: { 1: { state: change } } } }
  expect(neededTables(path, '2', contracts(steps)).size).toBe(0)
})
