import fc from 'fast-check'
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { ImageContent } from '../../../src/protocol/jobs/image.ts'
import { CorruptImage, packImage } from '../../../workers/bundling/packed-image.ts'
import { readStored, store } from '../../../workers/bundling/stored-image.ts'
import { temporaryFolder } from '../../support/project.ts'
import { anyContent, contentOf } from './image-content.ts'

const hashOf = (content: ImageContent): string => content.manifest.hash
const fileOf = (folder: string, content: ImageContent): string =>
  path.join(folder, `${hashOf(content)}.image`)

async function read(folder: string, content: ImageContent): Promise<ImageContent> {
  return readStored(hashOf(content), { store: folder })
}

test('what is stored is read, from a folder that is made when needed', async () => {
  const folder = path.join(await temporaryFolder(), 'not', 'yet')
  await fc.assert(
    fc.asyncProperty(anyContent, async (content) => {
      await store(folder, content)
      expect((await read(folder, content)).code).toBe(content.code)
    }),
    { numRuns: 30 },
  )
})

test('many who store the same at once leave one whole file; who reads meanwhile sees it whole or not at all', async () => {
  const folder = await temporaryFolder()
  const content = contentOf('x'.repeat(500_000))
  const writing = { isOver: false }
  const reading = (async () => {
    const seen = new Set<unknown>()
    while (!writing.isOver) {
      const outcome = read(folder, content).then(hashOf)
      seen.add(await outcome.catch((error: unknown) => (error as NodeJS.ErrnoException).code))
    }
    return seen
  })()
  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: 8 }, () => store(folder, content)))
    expect(await readdir(folder)).toEqual([`${hashOf(content)}.image`])
    await rm(fileOf(folder, content))
  }
  writing.isOver = true
  const outcomes = new Set([hashOf(content), 'ENOENT'])
  for (const outcome of await reading) expect(outcomes).toContain(outcome)
})

test('a draft that somebody left half-written is not in the way', async () => {
  const folder = await temporaryFolder()
  const content = contentOf('export default 1\n')
  await writeFile(`${fileOf(folder, content)}.draft`, 'half')
  await expect(read(folder, content)).rejects.toMatchObject({ code: 'ENOENT' })
  await store(folder, content)
  expect(await read(folder, content)).toEqual(content)
})

test('a whole file is left as it is: it is that of the runtime that was first', async () => {
  const folder = await temporaryFolder()
  const code = 'export default 1\n'
  await store(folder, contentOf(code, {}, '/first'))
  await store(folder, contentOf(code, {}, '/second'))
  expect((await read(folder, contentOf(code))).root).toBe('/first')
})

test('a whole file is replaced where only the texts are others: types have changed, the code has not', async () => {
  const folder = await temporaryFolder()
  const code = 'export default 1\n'
  const texts = { 'main.ts': 'export default 1 as number' }
  await store(folder, contentOf(code))
  await store(folder, { ...contentOf(code), texts })
  expect((await read(folder, contentOf(code))).texts).toEqual(texts)
})

test('a folder that is a file, or cannot be made, is told by the system’s error', async () => {
  const file = path.join(await temporaryFolder(), 'file')
  await writeFile(file, '')
  const content = contentOf('1')
  for (const folder of [file, path.join(file, 'below')]) {
    await expect(store(folder, content)).rejects.toMatchObject({
      code: expect.stringMatching(/EEXIST|ENOTDIR/) as string,
    })
    await expect(read(folder, content)).rejects.toMatchObject({ code: 'ENOTDIR' })
  }
})

const images = ['one', 'two', 'three'].map((code) => contentOf(code))
const one = fc.constantFrom(...images)

/** What can happen to a store's folder, by moult and behind its back. */
const operation = fc.oneof(
  fc.record({ kind: fc.constant('store' as const), image: one }),
  fc.record({ kind: fc.constant('remove' as const), image: one }),
  fc.record({ kind: fc.constant('rename' as const), image: one, to: one }),
  fc.record({ kind: fc.constant('damage' as const), image: one, at: fc.nat(), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('truncate' as const), image: one, length: fc.nat(100) }),
)

/** What a file holds: an image, or `undefined` when it is none any more. */
type Model = Map<ImageContent, ImageContent | undefined>

async function run(
  folder: string,
  model: Model,
  step: typeof operation extends fc.Arbitrary<infer Step> ? Step : never,
): Promise<void> {
  const { image } = step
  const file = fileOf(folder, image)
  if (step.kind === 'store') {
    await store(folder, image)
    model.set(image, image)
  } else if (step.kind === 'remove') {
    await rm(file, { force: true })
    model.delete(image)
  } else if (!model.has(image)) {
    return
  } else if (step.kind === 'rename') {
    if (step.to !== image) await copyFile(file, fileOf(folder, step.to))
    model.set(step.to, model.get(image))
  } else {
    const bytes = await readFile(file)
    if (step.kind === 'truncate') await writeFile(file, bytes.subarray(0, step.length))
    else if (bytes.length > 0) {
      bytes[step.at % bytes.length]! ^= 1 << step.bit
      await writeFile(file, bytes)
    } else return
    // A second flip may undo the first.
    const packed = Buffer.from(await packImage(image))
    const isBack = (await readFile(file)).equals(packed)
    model.set(image, isBack ? image : undefined)
  }
}

test('whatever happens to the folder: an image is read as it was stored, or refused, and storing it again heals it', async () => {
  const folder = await temporaryFolder()
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (steps) => {
      await rm(folder, { recursive: true })
      await mkdir(folder)
      const model: Model = new Map()
      for (const step of steps) {
        await run(folder, model, step)
        for (const image of images) {
          const outcome = read(folder, image)
          if (!model.has(image)) await expect(outcome).rejects.toMatchObject({ code: 'ENOENT' })
          else if (model.get(image) === image) expect(await outcome).toEqual(image)
          else await expect(outcome).rejects.toThrow(CorruptImage)
        }
      }
      for (const image of images) {
        await store(folder, image)
        expect(await read(folder, image)).toEqual(image)
      }
    }),
    { numRuns: 60 },
  )
})
