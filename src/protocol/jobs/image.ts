import type { SourceLocation } from './source-location.ts'

/** Sources of this kind are no files: each stands in an image for what is not there. */
export const ABSENT_NAMESPACE = 'moult-absent'

/** One file an image was made of. */
export interface ImageSource {
  /** Relative to the project's folder, with forward slashes. */
  readonly path: string
  /** SHA-256 of the file's text, hex. */
  readonly hash: string
}

/** One npm package that is bundled in an image, or imported by it from outside. */
export interface ImagePackage {
  /** The name in its package.json, whatever alias it was installed under. */
  readonly name: string
  readonly version: string
  /** Its folder, relative to the project's folder. */
  readonly path: string
  /** Whether it stays outside the image. */
  readonly isExternal: boolean
}

/** A place in a source that loads by a name made at run time, or what is not there. It is not in the image. */
export interface DynamicImport {
  /** Of the source, relative to the project's folder. */
  readonly path: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
  /** The source from there to the end of the line, cut if long. */
  readonly text: string
}

/** The description of an image, readable without unpacking it. The same on every machine for the same sources. */
export interface ImageManifest {
  /** SHA-256 of the code, hex. It does not depend on where the project lies. */
  readonly hash: string
  /** Path of the user's file relative to the project's folder. */
  readonly entry: string
  /** Size of the code in bytes. */
  readonly bytes: number
  readonly external: readonly string[]
  readonly sources: readonly ImageSource[]
  readonly packages: readonly ImagePackage[]
  /** Places that may load further files: by names made at run time, or by names that led nowhere. */
  readonly dynamicImports: readonly DynamicImport[]
  /** Where the default export stands, or the start of the file when there is none. */
  readonly exportedAt: Omit<SourceLocation, 'file'>
}

/** All of an image, as it is packed for the store. */
export interface ImageContent {
  readonly manifest: ImageManifest
  /** The project's folder in which it was made, and for which it is placed by default. */
  readonly root: string
  /** JavaScript, with placeholders where the project's folder is named. */
  readonly code: string
  /** Source map of the code, without the sources' texts. */
  readonly map: string
  /** Texts of the project's own sources (no npm packages) by path, declarations of types included. */
  readonly texts: Readonly<Record<string, string>>
  /** Versions of the npm packages that these import, types included, by their folders relative to the project's. */
  readonly typings: Readonly<Record<string, string>>
}

/** An image laid out for this machine, ready to be imported. */
export interface PlacedImage {
  readonly manifest: ImageManifest
  readonly root: string
  /** Absolute path of the file to import. */
  readonly file: string
  /** SHA-256 of that file, hex: the isolate compares the file with it. */
  readonly digest: string
}
