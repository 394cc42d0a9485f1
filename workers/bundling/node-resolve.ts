/**
 * `import.meta.resolve` of a module of an image. Node's own answers for the image's file only, and where it lies there
 * are no packages. A part of the image's runtime: it may import types, and its own parts.
 */

const { existsSync, readFileSync, realpathSync, statSync } = process.getBuiltinModule('node:fs')
const { isBuiltin } = process.getBuiltinModule('node:module')
const { fileURLToPath, pathToFileURL } = process.getBuiltinModule('node:url')

/** The fields of a package.json that say where its modules are. */
interface PackageFile {
  readonly folder: URL
  readonly name?: unknown
  readonly main?: unknown
  readonly exports?: unknown
  readonly imports?: unknown
}

/** Where a name leads to from a module, as `import.meta.resolve` says. */
export function resolveFrom(
  specifier: string,
  from: string,
  conditions: readonly string[],
): string {
  if (/^\.{0,2}\//.test(specifier) || /^\.{1,2}$/.test(specifier)) {
    return real(new URL(specifier, from))
  }
  if (specifier.startsWith('#')) return ofImports(specifier, from, conditions)
  if (isBuiltin(specifier)) {
    return specifier.startsWith('node:') ? specifier : `node:${specifier}`
  }
  if (URL.canParse(specifier)) return new URL(specifier).href
  return ofPackage(specifier, from, conditions)
}

function ofImports(specifier: string, from: string, conditions: readonly string[]): string {
  const own = scopeOf(from)
  const found = own && target(own, own.imports, specifier, conditions)
  if (own === undefined || found === undefined) {
    const where = own === undefined ? '' : ` in package ${fileURLToPath(own.folder)}package.json`
    const message = `Package import specifier "${specifier}" is not defined${where} imported from ${fileURLToPath(from)}`
    throw failure(TypeError, 'ERR_PACKAGE_IMPORT_NOT_DEFINED', message)
  }
  return found.startsWith('./')
    ? real(new URL(found, own.folder))
    : resolveFrom(found, own.folder.href, conditions)
}

function ofPackage(specifier: string, from: string, conditions: readonly string[]): string {
  const [, name, rest = ''] = /^((?:@[^/]+\/)?[^/@.%\\][^/%\\]*)(\/.*)?$/.exec(specifier) ?? []
  if (name === undefined) {
    const message = `Invalid module "${specifier}" is not a valid package name imported from ${fileURLToPath(from)}`
    throw failure(TypeError, 'ERR_INVALID_MODULE_SPECIFIER', message)
  }
  const own = scopeOf(from)
  const isOwn = own?.name === name && own.exports !== undefined && own.exports !== null
  const found = isOwn ? own : installed(name, from)
  if (found === undefined) {
    const message = `Cannot find package '${name}' imported from ${fileURLToPath(from)}`
    throw failure(Error, 'ERR_MODULE_NOT_FOUND', message)
  }
  if (found.exports === undefined || found.exports === null) {
    return real(rest === '' ? mainOf(found, from) : new URL(`.${rest}`, found.folder))
  }
  const path = target(found, asMap(found.exports), `.${rest}`, conditions)
  if (path !== undefined) return real(new URL(path, found.folder))
  const what =
    rest === ''
      ? 'No "exports" main defined'
      : `Package subpath '.${rest}' is not defined by "exports"`
  const message = `${what} in ${fileURLToPath(found.folder)}package.json imported from ${fileURLToPath(from)}`
  throw failure(Error, 'ERR_PACKAGE_PATH_NOT_EXPORTED', message)
}

/** One target, or one by conditions, is that of the package itself. */
function asMap(exports: unknown): unknown {
  const isMap =
    typeof exports === 'object' &&
    exports !== null &&
    !Array.isArray(exports) &&
    Object.keys(exports).every((key) => key.startsWith('.'))
  return isMap ? exports : { '.': exports }
}

function target(
  found: PackageFile,
  map: unknown,
  key: string,
  conditions: readonly string[],
): string | undefined {
  if (typeof map !== 'object' || map === null) return undefined
  const targets = map as Readonly<Record<string, unknown>>
  if (Object.hasOwn(targets, key) && !key.includes('*')) {
    return chosen(targets[key], '', conditions) ?? undefined
  }
  const patterns = Object.keys(targets).filter((each) => fits(each, key))
  const [best] = patterns.sort((a, b) => b.indexOf('*') - a.indexOf('*') || b.length - a.length)
  if (best === undefined) return undefined
  const star = best.indexOf('*')
  const match = key.slice(star, key.length - (best.length - star - 1))
  return chosen(targets[best], match, conditions) ?? undefined
}

function fits(pattern: string, key: string): boolean {
  const [before, after, more] = pattern.split('*')
  if (before === undefined || after === undefined || more !== undefined) return false
  return key.length >= pattern.length && key.startsWith(before) && key.endsWith(after)
}

/** The target under the first condition that holds; null where the package refuses. */
function chosen(
  value: unknown,
  match: string,
  conditions: readonly string[],
): string | null | undefined {
  if (typeof value === 'string') return value.replaceAll('*', match)
  if (value === null || typeof value !== 'object') return value === null ? null : undefined
  if (Array.isArray(value)) {
    return value.map((each) => chosen(each, match, conditions)).find((each) => each !== undefined)
  }
  for (const [condition, each] of Object.entries(value)) {
    if (condition !== 'default' && !conditions.includes(condition)) continue
    const found = chosen(each, match, conditions)
    if (found !== undefined) return found
  }
  return undefined
}

/** The file of a package without `exports`. */
function mainOf(found: PackageFile, from: string): URL {
  const { main } = found
  const names =
    typeof main === 'string'
      ? ['', '.js', '.json', '.node', '/index.js', '/index.json', '/index.node'].map(
          (end) => main + end,
        )
      : []
  for (const name of [...names, 'index.js', 'index.json', 'index.node']) {
    const file = new URL(`./${name}`, found.folder)
    if (isFile(file)) return file
  }
  const message = `Cannot find package '${fileURLToPath(found.folder)}' imported from ${fileURLToPath(from)}`
  throw failure(Error, 'ERR_MODULE_NOT_FOUND', message)
}

/** The package that a module belongs to. */
function scopeOf(from: string): PackageFile | undefined {
  for (let folder = new URL('.', from); ; folder = new URL('..', folder)) {
    if (folder.pathname.endsWith('/node_modules/')) return undefined
    const found = packageIn(folder)
    if (found !== undefined || folder.pathname === '/') return found
  }
}

function installed(name: string, from: string): PackageFile | undefined {
  for (let folder = new URL('.', from); ; folder = new URL('..', folder)) {
    const packages = new URL(`node_modules/${name}/`, folder)
    if (existsSync(packages)) return packageIn(packages) ?? { folder: packages }
    if (folder.pathname === '/') return undefined
  }
}

function packageIn(folder: URL): PackageFile | undefined {
  let text: string
  try {
    text = readFileSync(new URL('package.json', folder), 'utf8')
  } catch {
    return undefined
  }
  return { ...(JSON.parse(text) as object), folder }
}

/** As Node names files: by where links lead to. */
function real(url: URL): string {
  if (url.protocol !== 'file:' || !isFile(url)) return url.href
  const found = pathToFileURL(realpathSync(url))
  return found.href + url.search + url.hash
}

function isFile(url: URL): boolean {
  return statSync(url, { throwIfNoEntry: false })?.isFile() === true
}

function failure(Kind: new (message: string) => Error, code: string, message: string): Error {
  return Object.assign(new Kind(message), { code })
}
