import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Application } from 'typedoc'
import { generated, root } from './pages.ts'

/** A page that is made of the doc comments of a public entry. */
export interface ApiPage {
  readonly page: string
  /** The built declarations. */
  readonly entry: string
  readonly title: string
}

export const apiPages: readonly ApiPage[] = [
  { page: generated[0], entry: 'dist/src/index.d.ts', title: 'API' },
  { page: generated[1], entry: 'dist/testing/index.d.ts', title: 'API of moult/testing' },
]

/** Where TypeScript knows the codes one by one, the name of their type says it. */
const allCodes = /(?:`"[A-Z_]+"` \\\| ){20,}`"[A-Z_]+"`/g

/** A function that may be taken out of its object says so with `this: void`, which is no parameter to a reader. */
const noThis: readonly (readonly [RegExp, string])[] = [
  [/#+ Parameters\n\n\| Parameter .*\n.*\n\| `this` \| `void` \|\n\n/g, ''],
  [/^\| `this` \| `void` \|\n/gm, ''],
  [/\(`this`(?:, )?/g, '('],
]

/** Links go by the place where the page is kept. */
export async function makeApiPage({ page, entry, title }: ApiPage): Promise<string> {
  const out = await mkdtemp(path.join(tmpdir(), 'moult-docs-'))
  try {
    const entryFileName = path.basename(page, '.md')
    const settings = { options: root, out, name: title, entryPoints: [entry], entryFileName }
    const app = await Application.bootstrapWithPlugins({
      ...settings,
      pageTitleTemplates: { index: title, member: title, module: title },
    } as typeof settings)
    const project = await app.convert()
    if (project === undefined) throw new Error('typedoc could not read the declarations')
    await app.generateOutputs(project)
    if (app.logger.hasErrors()) throw new Error('typedoc could not write the page')
    const text = await readFile(path.join(out, path.basename(page)), 'utf8')
    const named = text.replaceAll(allCodes, '[`ErrorCode`](#errorcode)')
    const shown = noThis.reduce((shown, [part, instead]) => shown.replace(part, instead), named)
    return `${shown.trimEnd()}\n`
  } finally {
    await rm(out, { recursive: true })
  }
}
