import type { Plugin } from 'esbuild'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { hintOf } from '../../src/protocol/nearest-name.ts'
import * as exported from '../definition/definition-module.ts'

/** Beside this file, whether that is the source or the built one. */
const definitionModule = fileURLToPath(
  new URL(`../definition/definition-module${path.extname(import.meta.url)}`, import.meta.url),
)
const ownRoot = path.resolve(path.dirname(definitionModule), '..')

/** esbuild's name of the space where moult's own files are. */
export const OWN_NAMESPACE = 'moult'

/**
 * `import … from 'moult'` inside an image. In a namespace of its own: esbuild writes a file's path above its code,
 * and where moult is installed must not make another image of the same sources.
 */
export const ownModulePlugin: Plugin = {
  name: 'moult-own-module',
  setup(build) {
    build.onResolve({ filter: /^moult$/ }, () => own(definitionModule))
    build.onResolve({ filter: /^\./, namespace: OWN_NAMESPACE }, ({ path: relative, importer }) => {
      return own(path.resolve(ownRoot, path.dirname(importer), relative))
    })
    build.onLoad({ filter: /.*/, namespace: OWN_NAMESPACE }, async ({ path: file }) => {
      const contents = await readFile(path.resolve(ownRoot, file), 'utf8')
      return { contents, loader: file.endsWith('.ts') ? 'ts' : 'js' }
    })
  },
}

function own(file: string): { readonly path: string; readonly namespace: string } {
  const relative = path.relative(ownRoot, file).split(path.sep).join('/')
  return { path: relative, namespace: OWN_NAMESPACE }
}

/** esbuild's words for a name that moult has not for a process, in words that its user knows; other words as they are. */
export function inUsersWords(text: string): string {
  const [, name] = /^No matching export in "moult:[^"]*" for import "([^"]+)"/.exec(text) ?? []
  if (name === undefined) return text
  const names = Object.keys(exported).sort()
  const hint = hintOf(name, names)
  return `a process’s file cannot import '${name}' from 'moult'${hint}; expected one of ${names.join(', ')}, or a type`
}
