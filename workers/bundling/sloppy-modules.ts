import { build } from '../project/esbuild.ts'
import type { BuildFailure } from 'esbuild'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Findings } from './findings.ts'

/**
 * CommonJS that no strict code can be, such as `with`: the bundler refuses it, for an image is an ES module. The bundler
 * is given what it loads instead, which is all that it has to know of a CommonJS module.
 * @returns whether another build may succeed
 */
export async function learnSloppy(
  { errors }: BuildFailure,
  root: string,
  { common, sloppy }: Findings,
): Promise<boolean> {
  const files = new Set(errors.flatMap(({ location }) => location?.file ?? []))
  let isLearnt = false
  for (const name of files) {
    const file = path.resolve(root, name)
    const text = common.get(file)
    if (text === undefined || sloppy.has(file) || !isCommonJs(file)) continue
    if ((await loadsOf(text)) === undefined) continue
    sloppy.add(file)
    isLearnt = true
  }
  return isLearnt
}

/** What a module loads, each on the line on which it is named first. */
export async function onlyLoads(text: string): Promise<string> {
  const lines = text.split('\n')
  const made = lines.map(() => '')
  const mayFail = /\btry\b/.test(text)
  for (const { path: name, kind } of (await loadsOf(text)) ?? []) {
    const quoted = JSON.stringify(name)
    const load = kind === 'dynamic-import' ? `import(${quoted});` : `require(${quoted});`
    const line = Math.max(
      lines.findIndex((each) => each.includes(name)),
      0,
    )
    made[line] = `${made[line] ?? ''}${mayFail ? `try { ${load} } catch {}` : load}`
  }
  return `module.exports;${made.join('\n')}`
}

interface Loaded {
  readonly path: string
  readonly kind: string
}

/** Undefined where the text is no CommonJS. */
async function loadsOf(text: string): Promise<readonly Loaded[] | undefined> {
  const found = await build({
    stdin: { contents: text, loader: 'js', sourcefile: 'module' },
    bundle: true,
    write: false,
    external: ['*'],
    platform: 'node',
    format: 'cjs',
    metafile: true,
    logLevel: 'silent',
  }).catch(() => undefined)
  const [input] = Object.values(found?.metafile.inputs ?? {})
  if (input === undefined || input.format === 'esm') return undefined
  return input.imports.filter(({ kind }) => kind === 'require-call' || kind === 'dynamic-import')
}

/** Whether Node takes a JavaScript file for CommonJS, as far as its name and its package say. */
export function isCommonJs(file: string): boolean {
  if (/\.[cm]js$/.test(file)) return file.endsWith('.cjs')
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const type = typeIn(path.join(folder, 'package.json'))
    if (type !== undefined) return type !== 'module'
    if (folder === path.dirname(folder) || path.basename(folder) === 'node_modules') return true
  }
}

function typeIn(file: string): unknown {
  try {
    const { type = 'commonjs' } = JSON.parse(readFileSync(file, 'utf8')) as { type?: unknown }
    return type
  } catch {
    return undefined
  }
}
