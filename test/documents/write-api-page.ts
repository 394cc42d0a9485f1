import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { apiPages, makeApiPage } from './api-page.ts'
import { root } from './pages.ts'

// `npm run docs` builds before, for the pages are made of the declarations.
process.chdir(root)
for (const each of apiPages) writeFileSync(path.join(root, each.page), await makeApiPage(each))
