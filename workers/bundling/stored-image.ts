import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Stored } from '../../src/protocol/jobs/bundle.ts'
import type { ImageContent } from '../../src/protocol/jobs/image.ts'
import { makeFolder } from './make-folder.ts'
import { packImage, unpackImage } from './packed-image.ts'
import { writeAtomically } from './write-atomically.ts'

/**
 * Keeps an image in a store's folder. A whole one of the same sources stays as it is. Texts and packages can differ
 * with the same code, by types for instance: the next check of types needs the latest ones.
 * @throws the system's error when the folder cannot be written
 */
export async function store(directory: string, content: ImageContent): Promise<void> {
  const { hash } = content.manifest
  const stored = await readStored(hash, { store: directory }).catch(() => undefined)
  if (stored !== undefined && isDeepStrictEqual(madeOf(stored), madeOf(content))) return
  await makeFolder(directory)
  await writeAtomically(fileOf(directory, hash), await packImage(content), { flush: true })
}

/** The parts that are compared; another project folder or source map is no reason to write. */
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
