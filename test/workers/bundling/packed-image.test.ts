import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { ImageContent } from '../../../src/protocol/jobs/image.ts'
import { CorruptImage, packImage, unpackImage } from '../../../workers/bundling/packed-image.ts'
import { anyContent, contentOf } from './image-content.ts'

test('any content is unpacked as it was packed', async () => {
  await fc.assert(
    fc.asyncProperty(anyContent, async (content) => {
      const packed = await packImage(content)
      expect(await unpackImage(packed, content.manifest.hash)).toEqual(content)
    }),
  )
})

async function refused(packed: Uint8Array, { manifest }: ImageContent): Promise<void> {
  await expect(unpackImage(packed, manifest.hash)).rejects.toThrow(CorruptImage)
}

test('a single flipped bit, wherever it is, is refused', async () => {
  await fc.assert(
    fc.asyncProperty(anyContent, fc.nat(), fc.nat(7), async (content, at, bit) => {
      const packed = await packImage(content)
      packed[at % packed.length]! ^= 1 << bit
      await refused(packed, content)
    }),
  )
})

test('every bit of one image counts', async () => {
  const content = contentOf('export default 1\n')
  const packed = await packImage(content)
  for (let bit = 0; bit < packed.length * 8; bit++) {
    const damaged = Uint8Array.from(packed)
    damaged[bit >> 3]! ^= 1 << (bit & 7)
    await refused(damaged, content)
  }
})

test('a truncated image is refused, at whatever length', async () => {
  const content = contentOf('export default 1\n')
  const packed = await packImage(content)
  for (let length = 0; length < packed.length; length++) {
    await refused(packed.subarray(0, length), content)
  }
})

test('bytes that were added in front, behind or in the middle are refused', async () => {
  const more = fc.uint8Array({ minLength: 1, maxLength: 100 })
  await fc.assert(
    fc.asyncProperty(anyContent, fc.nat(), more, async (content, at, added) => {
      const packed = await packImage(content)
      const from = at % (packed.length + 1)
      const longer = Buffer.concat([packed.subarray(0, from), added, packed.subarray(from)])
      await refused(longer, content)
    }),
  )
})

test('a whole image is refused under the name of another', async () => {
  await fc.assert(
    fc.asyncProperty(anyContent, anyContent, async (one, other) => {
      fc.pre(one.code !== other.code)
      await refused(await packImage(one), other)
    }),
  )
})

test.each([
  ['nothing', ''],
  ['no JSON', '{'],
  ['no object', '42'],
  ['null', 'null'],
  ['no content', '{}'],
  ['content without code', '{"format":1}'],
  ['code that is no text', '{"format":1,"code":{}}'],
  ['a format of the future', '{"format":2,"pages":[]}'],
])('%s is refused, even with a digest that fits', async (_what, json) => {
  for (const body of [gzipSync(json), Buffer.from(json)]) {
    const packed = Buffer.concat([createHash('sha256').update(body).digest(), body])
    await refused(packed, contentOf(''))
  }
})
