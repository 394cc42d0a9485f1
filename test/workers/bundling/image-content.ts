import fc from 'fast-check'
import { createHash } from 'node:crypto'
import type { ImageContent } from '../../../src/protocol/jobs/image.ts'

/** An image of this code. */
export function contentOf(
  code: string,
  texts: Record<string, string> = { 'main.ts': code },
  root = '/somewhere',
): ImageContent {
  const sources = Object.entries(texts).map(([path, text]) => ({ path, hash: sha256(text) }))
  return {
    manifest: {
      hash: sha256(code),
      entry: 'main.ts',
      bytes: Buffer.byteLength(code),
      external: [],
      sources,
      packages: [],
      dynamicImports: [],
      exportedAt: { line: 1, column: 1 },
    },
    root,
    code,
    map: JSON.stringify({ version: 3, sources: Object.keys(texts), names: [], mappings: '' }),
    texts,
    typings: {},
  }
}

const text = fc.string({ unit: 'binary', maxLength: 300 })
/** Not `__proto__`, which no object literal, and so no JSON, can have as a path. */
const path = fc.string({ minLength: 1 }).filter((name) => name !== '__proto__')

/** Images of any code, texts and place. */
export const anyContent: fc.Arbitrary<ImageContent> = fc
  .tuple(text, fc.dictionary(path, text, { noNullPrototype: true }), text)
  .map(([code, texts, root]) => contentOf(code, texts, root))

function sha256(of: string): string {
  return createHash('sha256').update(of).digest('hex')
}
