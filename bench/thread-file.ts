import { build } from 'esbuild'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const directory = mkdtempSync(path.join(tmpdir(), 'moult-bench-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))

/**
 * A thread's TypeScript as one plain JavaScript file, made as moult makes its images: no variant pays for a
 * loader or for resolving packages in its threads. Start the thread, or the process, with {@link threadOptions}.
 */
export async function threadFile(source: URL): Promise<string> {
  const entry = fileURLToPath(source)
  const outfile = path.join(
    directory,
    `${path.basename(path.dirname(entry))}-${path.basename(entry, '.ts')}.mjs`,
  )
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  })
  return outfile
}

/** Without the main thread's loader (tsx). */
export const threadOptions = { execArgv: [] }
