import { expect, test } from 'vitest'
import { checkOutside, checkPlatform } from '../../../src/runtime/platform.ts'

test.each([
  [{ node: '24.3.0', bun: '1.2.19' }, 'Bun 1.2.19', 'the Serializer of node:v8'],
  [{ node: '24.2.0', deno: '2.5.0' }, 'Deno 2.5.0', 'on() of a MessagePort'],
  [{ node: '20.18.3' }, 'Node 20.18.3', 'require() of ES modules'],
  [{ node: '18.20.8' }, 'Node 18.20.8', 'require() of ES modules'],
])('%o is refused, with what is missing', (versions, received, lacks) => {
  const expected = 'Node 20.19 or newer'
  const message = expect.stringContaining(
    `moult needs ${expected}, and this is ${received}: it lacks ${lacks}`,
  ) as string
  const refused = { code: 'UNSUPPORTED_PLATFORM', expected, received, message }
  expect(() => checkPlatform(versions)).toThrow(expect.objectContaining(refused) as Error)
})

test.each(['20.19.0', '20.20.2', '22.0.0', '24.11.1', '26.0.0-nightly20260101'])(
  'Node %s is taken, and so is the one that runs this',
  (node) => {
    expect(() => checkPlatform({ node, v8: '12.4' })).not.toThrow()
    expect(() => checkPlatform(process.versions)).not.toThrow()
  },
)

test('moult in a bundle is refused, and moult as it is installed is not', () => {
  const refused = { code: 'UNSUPPORTED_PLATFORM', received: 'moult in a bundle' }
  expect(() => checkOutside(true)).toThrow(expect.objectContaining(refused) as Error)
  expect(() => checkOutside(false)).not.toThrow()
})
