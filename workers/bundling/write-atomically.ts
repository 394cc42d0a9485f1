import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'

/**
 * Writes a file that readers see whole or not at all, even with several writers at once.
 * With `flush` this holds after a loss of power too, at the cost of a write to disk.
 */
export async function writeAtomically(
  file: string,
  data: string | Uint8Array,
  { flush }: { readonly flush: boolean },
): Promise<void> {
  const draft = `${file}.${randomUUID()}`
  try {
    await writeFile(draft, data, { flush })
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
