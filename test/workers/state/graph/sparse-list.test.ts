import { describe, expect, test } from 'vitest'
import { expectAlike } from './alike.ts'
import { Copying } from './copying.ts'

describe('a list with holes', () => {
  test('is taken in parts, as any other', () => {
    const list: unknown[] = []
    list[10_000] = 1
    const copying = new Copying({ list })
    for (let parts = 0; parts < 20; parts++) expect(copying.take(200)).toBe(true)
    list[5_000] = 2
    copying.takeAll()
    copying.rest()
    expectAlike(copying.target.root, { list })
  })

  test.each<[string, (list: unknown[]) => unknown]>([
    ['from the beginning', (list) => (list[1_000_000] = 1)],
    ['once it has gone over', () => undefined],
  ])('is left to a whole state where it is sparse %s', (_when, begin) => {
    const list: unknown[] = [1]
    begin(list)
    expect(() => {
      const copying = new Copying({ list })
      copying.takeAll()
      list.length = 2_000_000
      copying.rest()
    }).toThrow('sparse')
  })
})
