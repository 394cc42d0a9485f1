import path from 'node:path'
import { atRoot, builtin, urlAtRoot } from './source-location.ts'

/** The bundler's helper for names that fit a pattern, as it stands in an image: with the file in which the pattern is. */
const GLOB =
  /^(\/\/ (require|import)\(".*"\) in (.*)\n(?:var \w+;\nvar \w+ = __esm\(\{\n.*\n {4}\w+|var \w+) = )__glob\(\{/gm

/**
 * Lets a pattern do what its load does in Node: a name without an extension, or of a folder, is found among the files
 * that fit; what did not fit, or was not there, is looked for from the user's file.
 */
export function withFallbacks(code: string, root: string): string {
  const hasOwn = /\b__moult_(?:import|require)_pattern\(/.test(code)
  if (!hasOwn && !code.includes('__glob(')) return code
  const text = code.replace(GLOB, (_all, before: string, kind: string, input: string) => {
    const file = path.resolve(root, input)
    const at = JSON.stringify(kind === 'require' ? atRoot(file, root) : urlAtRoot(file, root))
    return `${before}__moult_${kind}_pattern(${at}, {`
  })
  return text === code && !hasOwn ? code : text + HELPERS
}

/** In the order in which Node tries them. */
const ENDINGS = JSON.stringify([
  '',
  '.js',
  '.json',
  '.node',
  '/index.js',
  '/index.json',
  '/index.node',
])

/** Behind the code, so that no line of it moves. */
const HELPERS = `
function __moult_require_pattern(file, files) {
  const own = ${builtin('module')}.createRequire(file)
  const { normalize } = ${builtin('path')}.posix
  const known = new Map(Object.entries(files).map(([name, load]) => [normalize(name), load]))
  return (name) => {
    const plain = normalize(String(name))
    const ending = ${ENDINGS}.find((each) => known.has(plain + each))
    return ending === undefined ? own(name) : known.get(plain + ending)()
  }
}
function __moult_import_pattern(url, files) {
  const known = new Map(Object.entries(files).map(([name, load]) => [new URL(name, url).href, load]))
  return async (name) => {
    const { href } = new URL(String(name), url)
    return known.has(href) ? known.get(href)() : import(href)
  }
}
`
