import type { DynamicLoad } from './dynamic-loads.ts'

/** Findings of the plugins of one build that esbuild does not report. */
export class Findings {
  /** Absolute paths of files that stay outside the image. */
  readonly outside = new Set<string>()
  /** Texts of the files that were read, by absolute path. */
  readonly texts = new Map<string, string>()
  /** Dynamic loads of the files, by absolute path. */
  readonly dynamic = new Map<string, readonly DynamicLoad[]>()

  /** Clears all: the next build finds everything again. */
  clear(): void {
    this.outside.clear()
    this.texts.clear()
    this.dynamic.clear()
  }
}
