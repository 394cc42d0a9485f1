import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'

/**
 * Writes a file that others see whole or not at all, whoever else writes the same at the same moment.
 * With `flush` that holds after a loss of power too, which takes a disk's time.
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
