import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SourceLocation } from '../protocol/jobs/source-location.ts'
import type { ImageManifest, PlacedImage } from '../protocol/jobs/image.ts'

/** The immutable bytes of one version, ready to be imported, not yet known to be a definition. */
export interface Image {
  /** As of the last load: the same code may be made of other texts and packages later. */
  readonly manifest: ImageManifest
  /** SHA-256 of the code, hex. */
  readonly hash: string
  /** The code, as a `file:` URL that an isolate imports. */
  readonly url: string
  /** SHA-256 of the file at {@link url}. */
  readonly digest: string
  /** Absolute path of the project's folder. */
  readonly root: string
  /** Absolute path of the user's file. */
  readonly entry: string
  /** Where the default export stands. */
  readonly exportedAt: SourceLocation
}

/** An image as it was placed on this machine. */
export function createImage({ manifest, root, file, digest }: PlacedImage): Image {
  const entry = path.resolve(root, manifest.entry)
  const { hash, exportedAt } = manifest
  const url = pathToFileURL(file).href
  return { manifest, hash, url, digest, root, entry, exportedAt: { file: entry, ...exportedAt } }
}

/** The first digits of a hash, enough for a person. */
export function shortHash(hash: string): string {
  return hash.slice(0, 12)
}
