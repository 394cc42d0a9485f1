import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { ImageContent } from '../../src/protocol/jobs/image.ts'

/** A packed image is damaged. */
export class CorruptImage extends Error {
  override readonly name = 'CorruptImage'
}

const FORMAT = 1
const DIGEST_BYTES = 32
const compress = promisify(gzip)
const decompress = promisify(gunzip)

/** An image as the store keeps it: the SHA-256 of what follows, then the content as compressed JSON. */
export async function packImage(content: ImageContent): Promise<Uint8Array<ArrayBuffer>> {
  const json = JSON.stringify({ format: FORMAT, ...content })
  // Twice as fast as the default level, for a tenth more bytes.
  const body = await compress(json, { level: 3 })
  const packed = new Uint8Array(DIGEST_BYTES + body.byteLength)
  packed.set(digestOf(body))
  packed.set(body, DIGEST_BYTES)
  return packed
}

/** @throws CorruptImage when a single bit differs, or when it is another image than `hash`. */
export async function unpackImage(packed: Uint8Array, hash: string): Promise<ImageContent> {
  const body = packed.subarray(DIGEST_BYTES)
  if (!digestOf(body).equals(packed.subarray(0, DIGEST_BYTES))) {
    throw new CorruptImage(
      `the stored image ${hash} is damaged: its bytes are not those that were stored`,
    )
  }
  const { format, ...content } = await parse(body, hash)
  if (format !== FORMAT) {
    throw new CorruptImage(
      `the stored image ${hash} has format ${String(format)}; expected ${FORMAT}`,
    )
  }
  const actual = createHash('sha256').update(content.code).digest('hex')
  if (actual !== hash) throw new CorruptImage(`the stored image ${hash} holds ${actual}`)
  return content
}

/** Parses the content. The bytes may be whole and yet come from another program. */
async function parse(
  body: Uint8Array,
  hash: string,
): Promise<ImageContent & { readonly format: unknown }> {
  try {
    const parsed: unknown = JSON.parse((await decompress(body)).toString())
    if (isContent(parsed)) return parsed
  } catch {
    // Neither compressed nor JSON.
  }
  throw new CorruptImage(`the stored image ${hash} is no image of moult`)
}

function isContent(parsed: unknown): parsed is ImageContent & { readonly format: unknown } {
  if (typeof parsed !== 'object' || parsed === null) return false
  const { code, format } = parsed as { readonly code?: unknown; readonly format?: unknown }
  // Another format cannot be read any further.
  return format !== undefined && (format !== FORMAT || typeof code === 'string')
}

function digestOf(body: Uint8Array): Buffer {
  return createHash('sha256').update(body).digest()
}
