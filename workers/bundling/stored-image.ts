import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Stored } from '../../src/protocol/jobs/bundle.ts'
import type { ImageContent } from '../../src/protocol/jobs/image.ts'
import { makeFolder } from './make-folder.ts'
import { packImage, unpackImage } from './packed-image.ts'
import { writeAtomically } from './write-atomically.ts'

/**
 * Keeps an image in a store's folder. One that is there, whole, and was made of the same stays as it is. Texts and
 * packages can differ where the code does not, by types for instance: those that were loaded last are what the next check of types is about.
 * @throws the system's error when the folder cannot be written
 */
export async function store(directory: string, content: ImageContent): Promise<void> {
  const { hash } = content.manifest
  const stored = await readStored(hash, { store: directory }).catch(() => undefined)
  if (stored !== undefined && isDeepStrictEqual(madeOf(stored), madeOf(content))) return
  await makeFolder(directory)
  await writeAtomically(fileOf(directory, hash), await packImage(content), { flush: true })
}

/** Wherever it was made: the folder of the project and the source map are no reason to write. */
function madeOf({ manifest, texts, typings }: ImageContent): Partial<ImageContent> {
  return { manifest, texts, typings }
}

/** The content of a stored image. @throws CorruptImage, and `ENOENT` when there is none. */
export async function readStored(hash: string, stored: Stored): Promise<ImageContent> {
  const packed = 'packed' in stored ? stored.packed : await readFile(fileOf(stored.store, hash))
  return unpackImage(packed, hash)
}

function fileOf(directory: string, hash: string): string {
  return path.join(directory, `${hash}.image`)
}
