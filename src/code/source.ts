/**
 * What a version is made of: a `.ts`, `.mts`, `.js`, `.mjs` or `.cjs` file (a path or a `file:` URL), or an image that the
 * store keeps, by its hash.
 */
export type Source = string | URL | { readonly image: string }

/** Whether a source names a stored image. */
export function isStoredImage(source: Source): source is { readonly image: string } {
  return (
    typeof source === 'object' &&
    (source as Source | null) !== null &&
    !(source instanceof URL) &&
    'image' in source
  )
}
