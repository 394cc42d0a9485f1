/**
 * What an image brings along so that its modules mean what they mean in Node. It is bundled for itself, and put in front
 * of the modules of an image that needs it.
 */

import { heldConditions } from './conditions.ts'
import { resolveFrom } from './node-resolve.ts'

/** Evaluates a bundled module, or returns what it exports. */
type Load = (parent?: CommonModule) => unknown

/** A CommonJS module of the image. */
interface CommonSource {
  readonly file: string
  readonly text: string
  /** Modules of the image by the names that this one requires them by. */
  readonly requires: () => Readonly<Record<string, Load>>
  /** Modules of the image by the names that this one imports them by. */
  readonly imports: () => Readonly<Record<string, () => Promise<unknown>>>
}

/** What Node's own loader knows of a CommonJS module. */
interface CommonModule {
  readonly exports: unknown
  filename: string
  loaded: boolean
  paths: string[]
  children: CommonModule[]
  require: (id: string) => unknown
  _compile: (text: string, file: string) => unknown
  /** The image that it is of. */
  [OF_IMAGE]?: typeof image
}

/** Parts of Node's loader that are no part of its types. */
interface CommonLoader {
  new (id: string, parent: CommonModule | undefined): CommonModule
  readonly prototype: { readonly require: (this: CommonModule, id: string) => unknown }
  readonly _cache: Record<string, CommonModule | undefined>
  readonly _extensions: object
  readonly _nodeModulePaths: (folder: string) => string[]
  readonly _resolveLookupPaths: (request: string, from: CommonModule) => string[] | null
  readonly _resolveFilename: (
    request: string,
    from: CommonModule,
    isMain: boolean,
    options?: object,
  ) => string
}

type Compiled = (...given: unknown[]) => unknown

const OF_IMAGE = Symbol.for('moult.image')
/** Two images in one thread keep their modules apart. */
const image = {}
const nodeModule = process.getBuiltinModule('node:module')
const vm = process.getBuiltinModule('node:vm')
const path = process.getBuiltinModule('node:path')
const Module = nodeModule.Module as unknown as CommonLoader
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const byFile = new Map<string, Load>()

/** The `import.meta` of a module. Node's own is that of the image. */
export function meta(url: string, filename: string): object {
  return {
    __proto__: null,
    dirname: path.dirname(filename),
    filename,
    // Since Node 24.2. An image is never what Node was started with.
    ...(major > 24 || (major === 24 && minor >= 2) ? { main: false } : {}),
    resolve: (specifier: string) => resolveFrom(specifier, url, ['import', ...heldConditions()]),
    url,
  }
}

/** Adds a module of the image that is no text: what evaluates it. */
export function add(file: string, load: Load): void {
  byFile.set(file, load)
}

/** Defines a CommonJS module. It is compiled when it is asked for, by Node and under its own name. */
export function define(
  file: string,
  text: string,
  requires: CommonSource['requires'],
  imports: CommonSource['imports'],
): Load {
  const source = { file, text, requires, imports }
  const load: Load = (parent) => {
    const known = Module._cache[file]
    if (known === undefined || (known[OF_IMAGE] ?? image) !== image) return run(source, parent)
    if (parent !== undefined && !parent.children.includes(known)) parent.children.push(known)
    return known.exports
  }
  byFile.set(file, load)
  return load
}

function run(source: CommonSource, parent: CommonModule | undefined): unknown {
  const { file } = source
  const module = new Module(file, parent)
  module.filename = file
  module.paths = Module._nodeModulePaths(path.dirname(file))
  Object.defineProperty(module, OF_IMAGE, { value: image })
  Module._cache[file] = module
  try {
    evaluate(source, module)
  } catch (error) {
    // Node evaluates it anew for the next that asks.
    Reflect.deleteProperty(Module._cache, file)
    if (parent !== undefined) parent.children = parent.children.filter((child) => child !== module)
    throw error
  }
  module.loaded = true
  return module.exports
}

function evaluate(source: CommonSource, module: CommonModule): void {
  const { file, text } = source
  const names = ['exports', 'require', 'module', '__filename', '__dirname']
  const given = [module.exports, requireOf(source, module), module, file, path.dirname(file)]
  if (text.includes('__moultImport')) {
    names.push('__moultImport')
    given.push(importOf(source))
  }
  const compiled = compile(source.text, names, file)
  Reflect.apply(compiled, module.exports, given)
}

/** Compiles a module as Node's loader does. An `import()` resolves from the file only in what the loader compiles. */
function compile(text: string, names: readonly string[], file: string): Compiled {
  if (!/\bimport\b/.test(text))
    return vm.compileFunction(text, names, { filename: file }) as Compiled
  const holder = new Module(file, undefined)
  holder._compile(`module.exports = function (${names.join(', ')}) { ${text}\n}`, file)
  return holder.exports as Compiled
}

/** The `require` of a module: what is in the image comes from there, all else from where Node finds it. */
function requireOf(source: CommonSource, module: CommonModule): unknown {
  const own = source.requires()
  const resolve = Object.assign(
    (request: string, options?: object) => Module._resolveFilename(request, module, false, options),
    { paths: (request: string) => Module._resolveLookupPaths(request, module) },
  )
  const load = (id: string): unknown => {
    const bundled = Object.hasOwn(own, id) ? own[id] : inImage(id, source.file, resolve)
    if (bundled !== undefined) return bundled(module)
    return Module.prototype.require.call(module, id)
  }
  Object.defineProperty(module, 'require', { value: load, configurable: true, writable: true })
  // The bundler keeps the names of properties only.
  const { require } = { require: (path: string): unknown => load(path) }
  return Object.assign(require, {
    resolve,
    // An image is imported, by what is no CommonJS module.
    main: undefined,
    extensions: Module._extensions,
    cache: Module._cache,
  })
}

/** In the order in which Node tries them. */
const ENDINGS = ['', '.js', '.json', '/index.js', '/index.json']

/** The module of the image that a name leads to which was made when the code ran. */
function inImage(id: string, from: string, resolve: (id: string) => string): Load | undefined {
  if (typeof id !== 'string' || id === '' || nodeModule.isBuiltin(id)) return undefined
  if (/^\.{0,2}\//.test(id)) {
    const file = path.resolve(path.dirname(from), id)
    const ending = ENDINGS.find((each) => byFile.has(file + each))
    if (ending !== undefined) return byFile.get(file + ending)
  }
  try {
    return byFile.get(resolve(id))
  } catch {
    // Node's own error follows, from the module that asks.
    return undefined
  }
}

function importOf({ file, imports }: CommonSource): (...given: unknown[]) => Promise<unknown> {
  const own = imports()
  const text = 'return import(name, options)'
  const native = compile(text, ['name', 'options'], file) as (
    ...given: unknown[]
  ) => Promise<unknown>
  return async (name, ...options) => {
    const id = String(name)
    return Object.hasOwn(own, id) ? own[id]?.() : native(id, ...options)
  }
}
