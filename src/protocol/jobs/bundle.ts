import type { ImageContent, PlacedImage } from './image.ts'
import type { LocateRequest } from './locate.ts'
import type { SourceLocation } from './source-location.ts'
import type { WireThrown } from '../wire/thrown.ts'

/** Makes an image of a user's file and all it imports. */
export interface BundleRequest {
  readonly kind: 'bundle'
  /** Absolute path of the user's file. */
  readonly entry: string
  /** Absolute path of the project's folder. Paths in the image are relative to it. */
  readonly root: string
  /** Packages that are imported where they are instead of being bundled. */
  readonly external: readonly string[]
  /** Folder that the image is placed in. */
  readonly directory: string
  /** Name of a watch, for whose next build the bundler keeps parsed files. */
  readonly watch: string | undefined
  /** Folder of the store. Without one the packed image is returned. */
  readonly store: string | undefined
}

/** A new image. */
export interface Bundle extends PlacedImage {
  readonly kind: 'bundle'
  /** The image as the store keeps it, when the store is in memory. */
  readonly packed: Uint8Array<ArrayBuffer> | undefined
}

/** Why there is no bundle. */
export interface BundleFailure {
  readonly kind: 'failure'
  readonly code: 'UNRESOLVED_IMPORT' | 'SYNTAX_ERROR' | 'NOT_A_DEFINITION' | 'INVALID_OPTION'
  readonly message: string
  readonly at: SourceLocation | undefined
  /** All messages of the bundler, for the error's cause. */
  readonly all: readonly string[]
}

/** Where the bytes of a stored image are: in the store's folder, or here. */
export type Stored = { readonly store: string } | { readonly packed: Uint8Array }

/** Lays a stored image out again. Answered with a {@link PlacedImage}. */
export interface PlaceRequest {
  readonly kind: 'place'
  readonly hash: string
  readonly stored: Stored
  /** The project's folder, where it is not the one the image was made in. */
  readonly root: string | undefined
  readonly directory: string
}

/** Asks for the content of a stored image. Answered with an {@link ImageContent}. */
export interface ContentRequest {
  readonly kind: 'content'
  readonly hash: string
  readonly stored: Stored
}

/** A stored image is missing or damaged, or a folder for images cannot be read or written. */
export interface StoreFailure {
  readonly kind: 'store-failure'
  readonly code: 'IMAGE_NOT_FOUND' | 'IMAGE_CORRUPT' | 'LOAD_FAILED'
  readonly message: string
  /** The system's error, where there is one. */
  readonly cause: WireThrown | undefined
}

/** Drops the parsed files that were kept for a watch. */
export interface UnwatchRequest {
  readonly kind: 'unwatch'
  readonly watch: string
}

/** Ends the bundler's own process, so that the thread can be ended too. */
export interface BundlerStop {
  readonly kind: 'stop'
}

/** Requests to the bundling job. */
export type BundlerRequest =
  BundleRequest | PlaceRequest | ContentRequest | LocateRequest | UnwatchRequest | BundlerStop

/** Answers of the bundling job, by the request's kind. */
export interface BundlerAnswers {
  readonly bundle: Bundle | BundleFailure | StoreFailure
  readonly place: PlacedImage | StoreFailure
  readonly content: ImageContent | StoreFailure
  readonly locate: readonly (SourceLocation | null)[]
  readonly unwatch: undefined
  readonly stop: undefined
}
