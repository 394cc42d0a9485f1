import { existsSync } from 'node:fs'
import path from 'node:path'
import { textIfThere } from './regular-file.ts'

/** The parts of a package.json that are read. */
export interface PackageJson {
  readonly name?: unknown
  readonly version?: unknown
  readonly type?: unknown
  readonly main?: unknown
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** Packages by which another builds its addon, or is given one, when it is installed. */
export const INSTALLERS: readonly string[] = [
  '@mapbox/node-pre-gyp',
  'cmake-js',
  'nan',
  'node-addon-api',
  'node-gyp',
  'node-pre-gyp',
  'prebuild-install',
  'prebuildify',
]

/** Packages by which another finds its addon when it runs: by the files of the stack, or below a folder. */
export const FINDERS =
  /^(?:bindings|node-gyp-build|node-gyp-build-optional-packages|pkg-prebuilds|require-addon)$/

/** A package of an addon or a program for one platform: `@esbuild/linux-x64`. */
const FOR_PLATFORM =
  /(?:^|[-_/])(?:aix|android|darwin|freebsd|linux|macos|openbsd|sunos|win32|windows)[-_](?:arm|ia32|loong|mips|ppc|riscv|s390|x64|x86|universal)/

/** Fields by which installers know a package. */
const FIELDS = ['addon', 'binary', 'gypfile', 'napi']

/** Whether the package in a folder has a native addon, or a program, that it finds by its own place. */
export function isNative(folder: string, json: PackageJson): boolean {
  const { main, dependencies, optionalDependencies, ...fields } = json
  const needed = Object.keys(dependencies ?? {})
  return (
    needed.some((name) => INSTALLERS.includes(name) || FINDERS.test(name)) ||
    [...needed, ...Object.keys(optionalDependencies ?? {})].some((name) =>
      FOR_PLATFORM.test(name),
    ) ||
    FOR_PLATFORM.test(path.basename(folder)) ||
    FIELDS.some((field) => Boolean(fields[field])) ||
    (typeof main === 'string' && main.endsWith('.node')) ||
    existsSync(path.join(folder, 'binding.gyp'))
  )
}

/** The package.json in a folder; empty where there is none that can be read. */
export function packageIn(folder: string): PackageJson {
  try {
    const parsed: unknown = JSON.parse(textIfThere(path.join(folder, 'package.json')) ?? '{}')
    return typeof parsed === 'object' && parsed !== null ? (parsed as PackageJson) : {}
  } catch {
    return {}
  }
}

/** Whether Node takes a file of the package in `folder` for an ES module. */
export function isModule(file: string, folder: string): boolean {
  if (!file.endsWith('.js')) return file.endsWith('.mjs')
  for (let at = path.dirname(file); ; at = path.dirname(at)) {
    if (existsSync(path.join(at, 'package.json'))) return packageIn(at).type === 'module'
    if (at === folder || at === path.dirname(at)) return false
  }
}
