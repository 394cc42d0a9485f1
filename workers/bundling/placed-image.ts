import { createHash } from 'node:crypto'
import path from 'node:path'
import type { ImageContent, PlacedImage } from '../../src/protocol/jobs/image.ts'
import { pathOfSource, settle } from './source-location.ts'
import { writeAtomically } from './write-atomically.ts'

/**
 * Writes an image to a folder, with the real folder of the project filled in, so that a thread can import it.
 * `root` is that folder, if the image was made in another one.
 */
export async function placeImage(
  content: ImageContent,
  directory: string,
  root = content.root,
): Promise<PlacedImage> {
  const { manifest, code, map } = content
  // Equal images of two projects are two files, each with the folder of its project.
  const name = `${manifest.hash}-${sha256(root).slice(0, 8)}.mjs`
  const file = path.join(directory, name)
  // No flush: a file lost with the power is placed again.
  const flush = false
  await writeAtomically(`${file}.map`, settle(withTexts(map, content), root), { flush })
  const text = `${settle(code, root)}\n//# sourceMappingURL=${name}.map\n`
  await writeAtomically(file, text, { flush })
  return { manifest, root, file, digest: sha256(text) }
}

/** The source map with the texts of the project's own sources, for stack traces and debuggers. */
function withTexts(map: string, { texts }: ImageContent): string {
  const parsed = JSON.parse(map) as { readonly sources: readonly string[] }
  const sourcesContent = parsed.sources.map((source) => texts[pathOfSource(source)] ?? null)
  return JSON.stringify({ ...parsed, sourcesContent })
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
