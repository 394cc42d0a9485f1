import type { ImportKind } from 'esbuild'
import path from 'node:path'
import { ABSENT_NAMESPACE } from '../../src/protocol/jobs/image.ts'
import { dynamicLoad } from './dynamic-loads.ts'
import type { DynamicLoad } from './dynamic-loads.ts'
import type { Absent } from './left-outside.ts'
import { atRoot, builtin } from './source-location.ts'

/** The bundler's name for what it says where a failed load is caught. */
export const CAUGHT = 'ignored-dynamic-import'

/** A load of a literal name that leads nowhere. */
export interface AbsentLoad {
  /** Absolute path. */
  readonly importer: string
  readonly specifier: string
  readonly kind: ImportKind
}

/** The name of the module for it among the inputs of the bundler. */
export function absentInput(load: AbsentLoad, root: string): string {
  return `${ABSENT_NAMESPACE}:${absentName(load, root)}`
}

/** The same without its namespace. */
export function absentName({ importer, specifier, kind }: AbsentLoad, root: string): string {
  const from = path.relative(root, importer).split(path.sep).join('/')
  // No name of a file: its extension would say of what kind the module is.
  return `${kind} (${specifier} in ${from})`
}

/** Where a file loads what is not there, though nothing catches that. */
export function absentLoads(file: string, text: string, absent: readonly Absent[]): DynamicLoad[] {
  return absent.flatMap(({ file: importer, message, offset }) => {
    if (importer !== file || message.id === CAUGHT) return []
    const [call = ''] = /[\w$]+\s*\(\s*$/.exec(text.slice(Math.max(0, offset - 200), offset)) ?? []
    return [dynamicLoad(text, offset - call.length)]
  })
}

/**
 * The text that stands in an image for what is not there. A `require` asks for it when its turn comes, from the user's
 * file; an import fails as Node's does.
 */
export function absentModule({ importer, specifier, kind }: AbsentLoad, root: string): string {
  const from = atRoot(importer, root)
  if (kind === 'require-call') {
    const load = `${builtin('module')}.createRequire(${JSON.stringify(from)})`
    return `module.exports = ${load}(${JSON.stringify(specifier)})`
  }
  const what = specifier.startsWith('.')
    ? `module '${atRoot(path.resolve(path.dirname(importer), specifier), root)}'`
    : `package '${specifier}'`
  const message = JSON.stringify(`Cannot find ${what} imported from ${from}`)
  return `module.exports = {}; throw Object.assign(new Error(${message}), { code: 'ERR_MODULE_NOT_FOUND' })`
}
