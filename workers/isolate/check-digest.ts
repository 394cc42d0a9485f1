import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { MoultError } from '../../src/protocol/errors.ts'

/**
 * Compares a placed image with its digest, before it runs.
 * @throws MoultError `IMAGE_CORRUPT`, also for a missing file: main can place it again.
 */
export async function checkDigest(url: string, digest: string): Promise<void> {
  const file = fileURLToPath(url)
  const actual = await readFile(file).then(
    (bytes) => createHash('sha256').update(bytes).digest('hex'),
    (error: unknown) => (error as NodeJS.ErrnoException).code ?? 'unreadable',
  )
  if (actual === digest) return
  const details = { file, expected: digest, received: actual }
  throw new MoultError('IMAGE_CORRUPT', `the image ${file} is not what was placed there`, details)
}
