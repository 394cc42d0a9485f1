import type { Version } from './version.ts'

/** A version as a report names it. */
export interface VersionName {
  readonly version: string
  /** SHA-256 of the image, hex. */
  readonly hash: string
}

/** How a report names a version. */
export function nameOf({ contract, image }: Version): VersionName {
  return { version: contract.version, hash: image.hash }
}
