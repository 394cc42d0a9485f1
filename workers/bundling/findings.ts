import type { DynamicLoad } from './dynamic-loads.ts'

/** What the plugins of one build come across, and esbuild does not tell of afterwards. */
export class Findings {
  /** Absolute paths of files that stay outside the image. */
  readonly outside = new Set<string>()
  /** Texts of the files that were read, by absolute path. */
  readonly texts = new Map<string, string>()
  /** Where files load what their text does not name, by absolute path. */
  readonly dynamic = new Map<string, readonly DynamicLoad[]>()

  /** Forgets all, for the next build comes across everything again. */
  clear(): void {
    this.outside.clear()
    this.texts.clear()
    this.dynamic.clear()
  }
}
