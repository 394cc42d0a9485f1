import { watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import path from 'node:path'
import { MAX_DELAY_MS } from '../timing/deadline.ts'

/**
 * Tells when files of a program have been saved. It watches their folders, for editors save by replacing a file, and what is
 * missing today may be there tomorrow. Several changes within `debounceMs` are one.
 */
export class SourceWatch {
  readonly #debounceMs: number
  readonly #onChange: () => void
  /** By folder, and the name that is waited for in it. */
  #watchers: ReadonlyMap<string, FSWatcher> = new Map()
  #extensions = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  /** Whether a folder has gone, or has been replaced: what is left of its watcher says nothing more. */
  #isLost = false
  #isClosed = false

  constructor(debounceMs: number, onChange: () => void) {
    this.#debounceMs = Math.min(debounceMs, MAX_DELAY_MS)
    this.#onChange = onChange
  }

  /**
   * Watches the folders of these files (absolute paths) from now on. Returns whether one of them was not watched until now:
   * what has happened there before was not seen.
   */
  follow(files: readonly string[]): boolean {
    if (this.#isClosed) return false
    this.#extensions = new Set(files.map((file) => path.extname(file)))
    const before = this.#watchers
    const isLost = this.#isLost
    this.#isLost = false
    // The new ones first, so that nothing is saved unseen. A folder may have been replaced: all are opened anew.
    const opened = new Map<string, FSWatcher>()
    for (const file of files) this.#open(path.dirname(file), opened)
    this.#watchers = opened
    for (const watcher of before.values()) watcher.close()
    return isLost || [...opened.keys()].some((place) => !before.has(place))
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers = new Map()
  }

  /** The nearest folder above stands for one that is not there: it tells when the way to it appears. */
  #open(folder: string, opened: Map<string, FSWatcher>): void {
    let awaited: string | undefined
    for (let at = folder; ; at = path.dirname(at)) {
      const place = awaited === undefined ? at : `${at} awaits ${awaited}`
      const watcher = opened.get(place) ?? this.#tryOpen(at, awaited)
      if (watcher !== undefined) {
        opened.set(place, watcher)
        return
      }
      awaited = path.basename(at)
      if (at === path.dirname(at)) return
    }
  }

  #tryOpen(folder: string, awaited: string | undefined): FSWatcher | undefined {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        this.#see(folder, name, awaited)
      })
      watcher.on('error', () => this.#see(folder, null, awaited))
      return watcher
    } catch {
      return undefined
    }
  }

  #see(folder: string, name: string | null, awaited: string | undefined): void {
    if (this.#isClosed) return
    // That is how the end of the folder itself is told.
    const isItself = name === null || name === path.basename(folder)
    if (isItself) this.#isLost = true
    else if (awaited === undefined ? this.#isOther(name) : name !== awaited) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#onChange, this.#debounceMs)
  }

  /** Other files beside the sources, a log or a drawing, say nothing of the program. */
  #isOther(name: string): boolean {
    const extension = path.extname(name)
    return extension !== '' && !this.#extensions.has(extension)
  }
}
