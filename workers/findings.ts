/** What the plugins of one build come across, and esbuild does not tell of afterwards. */
export class Findings {
  /** Absolute paths of files that stay outside the image. */
  readonly outside = new Set<string>()
  /** Texts of the files that were read, by absolute path. */
  readonly texts = new Map<string, string>()

  /** Forgets all, for the next build comes across everything again. */
  clear(): void {
    this.outside.clear()
    this.texts.clear()
  }
}
