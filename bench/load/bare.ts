import { build } from 'esbuild'
import type { BuildOptions } from 'esbuild'
import { once } from 'node:events'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { threadFile, threadOptions } from '../thread-file.ts'
import { timed } from './loading.ts'
import type { Loading } from './loading.ts'
import type { Program } from './programs.ts'

// What moult puts into an image for its own name.
const moult = fileURLToPath(
  new URL('../../dist/workers/definition/definition-module.js', import.meta.url),
)

/** The same as in workers/bundling/build.ts, without its plugins. The service runs already when it counts. */
function optionsFor({ files: [entry] }: Program): BuildOptions & { readonly outfile: string } {
  const folder = path.dirname(entry)
  return {
    entryPoints: [entry],
    absWorkingDir: folder,
    outfile: path.join(folder, 'bare.mjs'),
    bundle: true,
    alias: { moult },
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: 'external',
    legalComments: 'none',
    logLevel: 'error',
    charset: 'utf8',
    // CommonJS packages leave `require` of built-in modules behind.
    banner: {
      js: `import { createRequire as own } from 'node:module'; const require = own(import.meta.url);`,
    },
  }
}

/** esbuild, which writes the bundle to a file. */
export function openEsbuild(program: Program): Promise<Loading> {
  const options = optionsFor(program)
  return Promise.resolve({
    name: 'esbuild',
    load: () => timed(() => build(options)),
    close: () => Promise.resolve(),
  })
}

/** What is bundled already, imported by a blank thread that waits for it. */
export async function openImport(program: Program): Promise<Loading> {
  const options = {
    ...optionsFor(program),
    outfile: path.join(path.dirname(program.files[0]), 'ready.mjs'),
  }
  await build(options)
  return withThread('import', (importing) => importing(options.outfile))
}

/** The least that a load from a file can be: esbuild, then the import by a blank thread that waits for it. */
export function openEsbuildAndImport(program: Program): Promise<Loading> {
  const options = {
    ...optionsFor(program),
    outfile: path.join(path.dirname(program.files[0]), 'both.mjs'),
  }
  return withThread('esbuild, import', async (importing) => {
    await build(options)
    await importing(options.outfile)
  })
}

async function withThread(
  name: string,
  load: (importing: (file: string) => Promise<unknown>) => Promise<unknown>,
): Promise<Loading> {
  const file = await threadFile(new URL('./import-thread.ts', import.meta.url))
  let thread: Worker | undefined
  const importing = async (image: string): Promise<void> => {
    thread!.postMessage(pathToFileURL(image).href)
    await once(thread!, 'message')
  }
  return {
    name,
    async prepare() {
      thread = new Worker(file, threadOptions)
      await once(thread, 'message')
    },
    load: () => timed(() => load(importing)),
    async tidy() {
      await thread?.terminate()
    },
    close: () => Promise.resolve(),
  }
}
