import { writeFileSync } from 'node:fs'
import { apiPage, makeApiPage } from './api-page.ts'
import { root } from './pages.ts'

// `npm run docs` builds before, for the page is made of the declarations.
process.chdir(root)
writeFileSync(apiPage, await makeApiPage())
