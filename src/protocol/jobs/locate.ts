/** A place in an image; line and column count from 1. */
export interface OutputPlace {
  readonly line: number
  /** Undefined where only the line is known. */
  readonly column: number | undefined
}

/** Asks where places of a placed image are in its sources. Answered with a location for each, or null. */
export interface LocateRequest {
  readonly kind: 'locate'
  /** Absolute path of the image. */
  readonly file: string
  readonly places: readonly OutputPlace[]
}
