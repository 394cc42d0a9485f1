import type { Plugin } from 'esbuild'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ABSENT_NAMESPACE } from '../../src/protocol/jobs/image.ts'
import { hintOf } from '../../src/protocol/nearest-name.ts'
import * as exported from '../definition/definition-module.ts'

/** In the room beside this one, whether that is the source or the built one. */
const definitionModule = fileURLToPath(
  new URL(`../definition/definition-module${path.extname(import.meta.url)}`, import.meta.url),
)

/** esbuild's name of the space where moult's own files are. */
const OWN_NAMESPACE = 'moult'

/** Whether an input of the bundler is no file of the user's. */
export function isOwn(input: string): boolean {
  return [OWN_NAMESPACE, ABSENT_NAMESPACE].some((each) => input.startsWith(`${each}:`))
}

/**
 * `import … from 'moult'` inside an image: `entry` with what it imports. esbuild writes a module's name above its code.
 * Each has its file's name alone, in a namespace of its own: neither where moult is installed nor where a file of moult
 * lies makes another image of the same sources.
 */
export function ownModules(entry: string = definitionModule): Plugin {
  return {
    name: 'moult-own-modules',
    setup(build) {
      const files = new Map<string, string>()
      build.onResolve({ filter: /^moult$/ }, () => own(entry, files))
      build.onResolve(
        { filter: /^\./, namespace: OWN_NAMESPACE },
        ({ path: relative, importer }) => {
          return own(path.resolve(path.dirname(fileOf(importer, files)), relative), files)
        },
      )
      build.onLoad({ filter: /.*/, namespace: OWN_NAMESPACE }, async ({ path: name }) => {
        const file = fileOf(name, files)
        const contents = await readFile(file, 'utf8')
        return { contents, loader: file.endsWith('.ts') ? 'ts' : 'js' }
      })
    },
  }
}

/** A module of moult by its name, which is that of no other in `files`. */
function own(
  file: string,
  files: Map<string, string>,
): { readonly path: string; readonly namespace: string } {
  const { name } = path.parse(file)
  const known = files.get(name) ?? file
  if (known !== file) throw new Error(`two modules of moult have one name: ${known} and ${file}`)
  files.set(name, file)
  return { path: name, namespace: OWN_NAMESPACE }
}

function fileOf(name: string, files: ReadonlyMap<string, string>): string {
  const file = files.get(name)
  if (file === undefined) throw new Error(`moult has no module ${name}`)
  return file
}

/**
 * esbuild's words for a name that moult has not for a process, in words that its user knows; other words as they are.
 */
export function inUsersWords(text: string): string {
  const [, name] = /^No matching export in "moult:[^"]*" for import "([^"]+)"/.exec(text) ?? []
  if (name === undefined) return text
  const names = Object.keys(exported).sort()
  const hint = hintOf(name, names)
  return `a process’s file cannot import '${name}' from 'moult'${hint}; expected one of ${names.join(', ')}, or a type`
}
