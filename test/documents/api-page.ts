import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { generated, root } from './pages.ts'

/** Where the page of the API is. */
export const apiPage = path.join(root, generated)

const entry = path.join(root, 'dist/src/index.d.ts')

/** What decides how the page looks, beside the declarations. */
const settings = ['typedoc.json', 'test/documents/write-api-page.ts']

/**
 * The last line of the page. It stands for the declarations that the page was made of and for what is on it, so that a test tells
 * within milliseconds that one of them is no longer what it was, where typedoc takes seconds.
 */
export function stampOf(page: string): string {
  const hash = createHash('sha256')
  const texts = settings.map((name) => readFileSync(path.join(root, name), 'utf8'))
  for (const text of [...texts, ...declarations(entry), page]) hash.update(text).update('\0')
  return `<!-- ${hash.digest('hex')} -->\n`
}

/** Inferred from schemas: the order in a union depends on what was compiled before. They are no part of the page. */
const INFERRED = /\/options\/[\w-]+\.d\.ts$/

/** The declarations that are reached from a file, without the names of files: those may move. */
function declarations(first: string): string[] {
  const texts = new Map<string, string>()
  const waiting = [first]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (texts.has(file) || INFERRED.test(file)) continue
    const text = readFileSync(file, 'utf8')
    texts.set(file, text.replaceAll(/ from '[^']+';|^import .*$|^\/\/# .*$/gm, ''))
    for (const [, target = ''] of text.matchAll(/(?:from |import\()'(\.[^']+)\.[jt]s'/g)) {
      waiting.push(path.join(path.dirname(file), `${target}.d.ts`))
    }
  }
  return [...texts.values()].sort()
}
