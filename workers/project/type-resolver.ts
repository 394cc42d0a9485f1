import { build } from './esbuild.ts'
import type { PluginBuild } from 'esbuild'
import path from 'node:path'
import { Deferred } from '../../src/protocol/deferred.ts'

/** Resolves imports of types by tsconfig's `paths` and by `imports` of a package.json, as the compiler does. */
export class TypeResolver {
  readonly #root: string
  readonly #ended = new Deferred<undefined>()
  #opened: Promise<PluginBuild> | undefined
  #building: Promise<unknown> = Promise.resolve()

  constructor(root: string) {
    this.#root = root
  }

  /** Absolute path of the file to which `specifier` resolves in the file `from`. */
  async resolve(specifier: string, from: string): Promise<string | undefined> {
    this.#opened ??= this.#open()
    const opened = await this.#opened
    // The bundler does not resolve a declaration file by its full name, nor by the file that it describes.
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

  /** Starts a build that only resolves: the bundler answers only during a build. */
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
