import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Application } from 'typedoc'
import { generated, root } from './pages.ts'

/** Where the page of the API is. */
export const apiPage = path.join(root, generated)

/** Where TypeScript knows the codes one by one, the name of their type says it. */
const allCodes = /(?:`"[A-Z_]+"` \\\| ){20,}`"[A-Z_]+"`/g

/** What the doc comments of the built public entry say, as a page. Links go by the place where the page is kept. */
export async function makeApiPage(): Promise<string> {
  const out = await mkdtemp(path.join(tmpdir(), 'moult-docs-'))
  try {
    const app = await Application.bootstrapWithPlugins({ options: root, out })
    const project = await app.convert()
    if (project === undefined) throw new Error('typedoc could not read the declarations')
    await app.generateOutputs(project)
    if (app.logger.hasErrors()) throw new Error('typedoc could not write the page')
    const text = await readFile(path.join(out, path.basename(generated)), 'utf8')
    return `${text.replaceAll(allCodes, '[`ErrorCode`](#errorcode)').trimEnd()}\n`
  } finally {
    await rm(out, { recursive: true })
  }
}
