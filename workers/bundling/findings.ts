import type { DynamicLoad } from './dynamic-loads.ts'
import type { EditedText } from './text-edits.ts'

/** Findings of the plugins of one build that esbuild does not report. */
export class Findings {
  /** Absolute paths of files that stay outside the image. */
  readonly outside = new Set<string>()
  /** Those of them that the user named, by their package. */
  readonly external = new Set<string>()
  /** Those of them that are ES modules of packages, with the packages' names. */
  readonly modules = new Map<string, string>()
  /** Texts of the files that were read, by absolute path. */
  readonly texts = new Map<string, string>()
  /** Texts that were edited for the bundler, by absolute path. */
  readonly edited = new Map<string, EditedText>()
  /** Dynamic loads of the files, by absolute path. */
  readonly dynamic = new Map<string, readonly DynamicLoad[]>()

  /** Texts of the CommonJS modules that Node compiles, by absolute path. */
  readonly common = new Map<string, string>()

  /** Whether all modules of the project are kept, whatever it says of their effects. It stays so. */
  keepsEffects = false
  /** CommonJS modules that the bundler does not read, by absolute path. They stay known. */
  readonly sloppy = new Set<string>()

  /** Clears what a build finds: the next build finds everything again. */
  clear(): void {
    this.outside.clear()
    this.external.clear()
    this.modules.clear()
    this.texts.clear()
    this.edited.clear()
    this.dynamic.clear()
    this.common.clear()
  }
}
