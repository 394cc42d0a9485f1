import { expect, test } from 'vitest'
import { storedImage } from '../../../src/versions/source.ts'
import type { Source } from '../../../src/versions/source.ts'

const throwing = {
  get image(): never {
    throw new RangeError('no image')
  },
}
const revoked = Proxy.revocable({ image: 'a' }, {})
revoked.revoke()

test.each([
  ['an image', { image: 'a' }, { image: 'a' }],
  ['an image of a project', { image: 'a', root: '/b' }, { image: 'a', root: '/b' }],
  ['a path', 'a.ts', undefined],
  ['a URL', new URL('file:///a.ts'), undefined],
  ['null', null, undefined],
  ['another object', {}, undefined],
  ['a proxy', revoked.proxy, undefined],
])('%s names its image, if any', (_what, source, image) => {
  expect(storedImage(source as Source)).toEqual(image)
})

test('an image whose getter throws is INVALID_OPTION with the reason', () => {
  const cause = new RangeError('no image')
  expect(() => storedImage(throwing)).toThrow(
    expect.objectContaining({
      code: 'INVALID_OPTION',
      received: 'one that throws',
      cause,
    }) as Error,
  )
})
