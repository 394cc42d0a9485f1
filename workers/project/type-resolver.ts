import { build } from 'esbuild'
import type { PluginBuild } from 'esbuild'
import path from 'node:path'
import { Deferred } from '../../src/protocol/deferred.ts'

/** Finds what imports of types mean by tsconfig's `paths` and by `imports` of a package.json, much as the compiler does. */
export class TypeResolver {
  readonly #root: string
  readonly #ended = new Deferred<undefined>()
  #opened: Promise<PluginBuild> | undefined
  #building: Promise<unknown> = Promise.resolve()

  constructor(root: string) {
    this.#root = root
  }

  /** Absolute path of the file that `specifier` means in the file `from`. */
  async resolve(specifier: string, from: string): Promise<string | undefined> {
    this.#opened ??= this.#open()
    const opened = await this.#opened
    // The bundler takes no declarations by their full name, nor for the file that they describe.
    const names = [specifier, specifier.replace(/(?:\.d)?\.[cm]?[jt]sx?$/, '')]
    for (const name of new Set(names)) {
      const options = { importer: from, resolveDir: path.dirname(from), kind: 'import-statement' }
      const found = await opened.resolve(name, options as Parameters<PluginBuild['resolve']>[1])
      if (found.errors.length === 0 && !found.external && found.namespace === 'file') {
        return found.path
      }
    }
    return undefined
  }

  async end(): Promise<void> {
    this.#ended.resolve(undefined)
    await this.#building
  }

  /** The bundler answers only while it builds: it does nothing else meanwhile. */
  #open(): Promise<PluginBuild> {
    const opened = new Deferred<PluginBuild>()
    const setup = (plugin: PluginBuild): void => {
      plugin.onStart(async () => {
        opened.resolve(plugin)
        await this.#ended.promise
      })
    }
    this.#building = build({
      stdin: { contents: '' },
      bundle: true,
      write: false,
      absWorkingDir: this.#root,
      platform: 'node',
      logLevel: 'silent',
      conditions: ['types'],
      mainFields: ['types', 'typings', 'module', 'main'],
      resolveExtensions: ['.ts', '.tsx', '.d.ts', '.js', '.jsx', '.json'],
      plugins: [{ name: 'moult-types', setup }],
    }).catch((error: unknown) => opened.reject(error))
    return opened.promise
  }
}
