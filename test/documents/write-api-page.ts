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

const page = `${readFileSync(apiPage, 'utf8').trimEnd()}\n\n`
writeFileSync(apiPage, page + stampOf(page))
