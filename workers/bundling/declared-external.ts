import path from 'node:path'
import { describe } from '../../src/protocol/bytes/clone-bytes.ts'
import type { BundleFailure, BundleRequest } from '../../src/protocol/jobs/bundle.ts'
import { hintOf } from '../../src/protocol/nearest-name.ts'
import { packageIn } from './native-package.ts'

/**
 * The packages that stay outside: those that were asked for, and those that the project itself leaves there, by
 * `"moult": { "external": ["name"] }` in the nearest package.json of the file. Or what is wrong in there.
 */
export function allExternal({
  root,
  external: asked,
}: Pick<BundleRequest, 'root' | 'external'>): readonly string[] | BundleFailure {
  const { moult } = packageIn(root)
  if (moult === undefined) return asked
  if (!isObject(moult)) return refused(root, 'moult', 'an object', moult)
  const unknown = Object.keys(moult).find((name) => name !== 'external')
  if (unknown !== undefined) {
    const hint = hintOf(unknown, ['external'])
    return failure(root, `there is no field moult.${unknown}${hint}; expected external`)
  }
  const { external = [] } = moult
  if (!Array.isArray(external)) return refused(root, 'moult.external', NAMES, external)
  const wrong = external.findIndex((name) => typeof name !== 'string' || name === '')
  if (wrong >= 0)
    return refused(root, `moult.external[${wrong}]`, 'a package name', external[wrong])
  return [...new Set([...asked, ...(external as string[])])]
}

const NAMES = 'an array of package names'

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refused(root: string, field: string, expected: string, value: unknown): BundleFailure {
  return failure(root, `${field} should be ${expected}, but is ${describe(value)}`)
}

function failure(root: string, message: string): BundleFailure {
  const at = { file: path.join(root, 'package.json'), line: 1, column: 1 }
  return { kind: 'failure', code: 'INVALID_OPTION', message, at, all: [message] }
}
