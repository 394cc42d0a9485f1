import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { MoultError } from '../protocol/errors.ts'
import { reasonOf } from '../protocol/reason.ts'
import { ownPrefix, removeLeftFolders } from './left-folders.ts'

/** The runtime's private folder of placed images. It can be made again from the store at any time. */
export class ImageFolder {
  /** The folder in which it is made; undefined for the system's, which may be named anew meanwhile. */
  readonly #parent: string | undefined
  #directory: Promise<string> | undefined
  #cleaning: Promise<void> | undefined
  #removeAtExit: () => void = () => undefined

  constructor(parent?: string) {
    this.#parent = parent
  }

  /** Absolute path of the folder, which is made at its first use. @throws MoultError `LOAD_FAILED` */
  async path(): Promise<string> {
    this.#directory ??= this.#make()
    try {
      const directory = await this.#directory
      // Systems remove temporary folders that were not touched for days.
      await mkdir(directory, { recursive: true, mode: 0o700 })
      return directory
    } catch (cause) {
      this.#directory = undefined
      throw noFolder(this.#parent ?? tmpdir(), cause)
    }
  }

  async remove(): Promise<void> {
    if (this.#directory === undefined) return
    process.off('exit', this.#removeAtExit)
    await rm(await this.#directory, { recursive: true, force: true })
    await this.#cleaning
  }

  async #make(): Promise<string> {
    const parent = this.#parent ?? tmpdir()
    const directory = await mkdtemp(path.join(parent, ownPrefix))
    this.#cleaning ??= removeLeftFolders(parent)
    // For a process that ends without closing its runtime.
    this.#removeAtExit = () => {
      try {
        rmSync(directory, { recursive: true, force: true })
      } catch {
        // The bundling thread may be writing to it just now.
      }
    }
    process.once('exit', this.#removeAtExit)
    return directory
  }
}

function noFolder(parent: string, cause: unknown): MoultError {
  const expected =
    'a folder that exists and can be written: TMPDIR, or createRuntime({ tempFolder })'
  const message = `images cannot be laid out in ${parent}: ${reasonOf(cause)}; expected ${expected}`
  const received = (cause as NodeJS.ErrnoException).code ?? 'an error'
  return new MoultError('LOAD_FAILED', message, { file: parent, expected, received, cause })
}
