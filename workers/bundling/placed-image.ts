import { createHash } from 'node:crypto'
import path from 'node:path'
import type { ImageContent, PlacedImage } from '../../src/protocol/jobs/image.ts'
import { pathOfSource, settle } from './source-location.ts'
import { writeAtomically } from './write-atomically.ts'

/**
 * Lays an image out in a folder, with the real place of the project filled in, so that a thread can import it.
 * `root` is that place, where it is not the one the image was made in.
 */
export async function placeImage(
  content: ImageContent,
  directory: string,
  root = content.root,
): Promise<PlacedImage> {
  const { manifest, code, map } = content
  // Equal bytes of two projects are two files, for each is settled in its own place.
  const name = `${manifest.hash}-${sha256(root).slice(0, 8)}.mjs`
  const file = path.join(directory, name)
  // What is lost with the power is placed again.
  const flush = false
  await writeAtomically(`${file}.map`, settle(withTexts(map, content), root), { flush })
  const text = `${settle(code, root)}\n//# sourceMappingURL=${name}.map\n`
  await writeAtomically(file, text, { flush })
  return { manifest, root, file, digest: sha256(text) }
}

/** The texts of the project's own sources, as they were, for those who look at a trace or debug. */
function withTexts(map: string, { texts }: ImageContent): string {
  const parsed = JSON.parse(map) as { readonly sources: readonly string[] }
  const sourcesContent = parsed.sources.map((source) => texts[pathOfSource(source)] ?? null)
  return JSON.stringify({ ...parsed, sourcesContent })
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
