import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { MoultError } from '../protocol/errors.ts'
import { ownPrefix, removeLeftFolders } from './left-folders.ts'

/** The runtime's private folder of placed images. It can be made again from the store at any time. */
export class ImageFolder {
  #directory: Promise<string> | undefined
  #cleaning: Promise<void> | undefined
  #removeAtExit: () => void = () => undefined

  /** Absolute path of the folder, which is made at its first use. */
  async path(): Promise<string> {
    this.#directory ??= this.#make()
    try {
      const directory = await this.#directory
      // Systems remove temporary folders that were not touched for days.
      await mkdir(directory, { recursive: true, mode: 0o700 })
      return directory
    } catch (cause) {
      this.#directory = undefined
      throw new MoultError('LOAD_FAILED', `no folder for images in ${tmpdir()}`, { cause })
    }
  }

  async remove(): Promise<void> {
    if (this.#directory === undefined) return
    process.off('exit', this.#removeAtExit)
    await rm(await this.#directory, { recursive: true, force: true })
    await this.#cleaning
  }

  async #make(): Promise<string> {
    const directory = await mkdtemp(path.join(tmpdir(), ownPrefix))
    this.#cleaning ??= removeLeftFolders(tmpdir())
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
