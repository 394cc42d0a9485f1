import { watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import path from 'node:path'
import { MAX_DELAY_MS } from '../timing/deadline.ts'
import { FollowedFiles } from './followed-files.ts'

/**
 * Tells when files of a program have been saved. It watches their folders: editors save by replacing a file, and a
 * missing file may appear. Several changes within `debounceMs` are one.
 */
export class SourceWatch {
  readonly #debounceMs: number
  readonly #onChange: () => void
  /** By folder, and the name that is waited for in it. */
  #watchers: ReadonlyMap<string, FSWatcher> = new Map()
  #followed = new FollowedFiles([])
  #timer: NodeJS.Timeout | undefined
  /** Whether a folder has gone or been replaced: its watcher is useless then. */
  #isLost = false
  #isClosed = false

  constructor(debounceMs: number, onChange: () => void) {
    this.#debounceMs = Math.min(debounceMs, MAX_DELAY_MS)
    this.#onChange = onChange
  }

  /**
   * Watches the folders of these files (absolute paths) from now on. Returns whether one of them was not watched
   * before, so that earlier changes there were missed.
   */
  follow(files: readonly string[]): boolean {
    if (this.#isClosed) return false
    this.#followed = new FollowedFiles(files)
    const before = this.#watchers
    const isLost = this.#isLost
    this.#isLost = false
    // New watchers first, so that no save is missed. All are opened anew: a folder may have been replaced.
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

  /** Watches the nearest existing folder above a missing one, which tells when the next folder appears. */
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
    // The watcher tells the end of the folder itself like this.
    const isItself = name === null || name === path.basename(folder)
    if (isItself) this.#isLost = true
    else if (awaited === undefined ? !this.#followed.mayBe(folder, name) : name !== awaited) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#onChange, this.#debounceMs)
  }
}
