import { types } from 'node:util'
import { readSafely } from '../options/read-safely.ts'

/**
 * The source of a version: a `.ts`, `.mts`, `.js`, `.mjs` or `.cjs` file (a path or a `file:` URL), or a stored image.
 */
export type Source = string | URL | StoredImage

/** An image of the store, by its hash. */
export interface StoredImage {
  readonly image: string
  /**
   * Folder of the project here (a path or a `file:` URL), for an image that was made elsewhere. `__dirname`,
   * `import.meta.url` and files outside the image are below it. Default: the folder in which the image was made.
   */
  readonly root?: string | URL
}

/** The stored image that a source names, read once. @throws MoultError `INVALID_OPTION` where its getters throw */
export function storedImage(source: Source): StoredImage | undefined {
  if (!isStoredImage(source)) return undefined
  return readSafely('load', () => ({
    image: source.image,
    ...(source.root !== undefined && { root: source.root }),
  }))
}

function isStoredImage(source: Source): source is StoredImage {
  const isObject = typeof source === 'object' && (source as Source | null) !== null
  return isObject && !types.isProxy(source) && !(source instanceof URL) && 'image' in source
}

/** Whether a source, or a part of one, is a URL. A proxy of the user's is none, and is not asked. */
export function isUrl(value: unknown): value is URL {
  return !types.isProxy(value) && value instanceof URL
}
