import { readFileSync, writeFileSync } from 'node:fs'
import { Application } from 'typedoc'
import { apiPage, stampOf } from './api-page.ts'
import { root } from './pages.ts'

// Says what a doc comment of the public entry says, as a page. `npm run docs` builds before, for the page is made of the declarations.
process.chdir(root)
const app = await Application.bootstrapWithPlugins({ options: root })
const project = await app.convert()
if (project === undefined) throw new Error('typedoc could not read the declarations')
await app.generateOutputs(project)
if (app.logger.hasErrors()) process.exitCode = 1

/** Where TypeScript knows the codes one by one, the name of their type says it. */
const allCodes = /(?:`"[A-Z_]+"` \\\| ){20,}`"[A-Z_]+"`/g

const text = readFileSync(apiPage, 'utf8').replaceAll(allCodes, '[`ErrorCode`](#errorcode)')
const page = `${text.trimEnd()}\n\n`
writeFileSync(apiPage, page + stampOf(page))
