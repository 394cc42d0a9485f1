import { EventEmitter } from 'node:events'
import path from 'node:path'
import type { CodeLine } from '../code/code-line.ts'
import { SourceWatch } from './source-watch.ts'
import type { Version } from '../versions/version.ts'
import type { Logger } from './logger.ts'
import type { ErrorDetails } from '../protocol/errors.ts'
import { isMoultError } from '../protocol/errors.ts'
import type { ProcessUpgradeOptions } from '../upgrade/plan/options.ts'
import type { UpgradeReport } from '../upgrade/report/report.ts'

/** How saves are turned into upgrades. `allowRemoved` is true unless it is set: an edit may well remove a call. */
export interface WatchOptions extends Omit<ProcessUpgradeOptions, 'signal'> {
  /** How long (ms) to wait for further changes after one. Default 20. */
  readonly debounceMs?: number
}

/** The same with what is not given filled in. */
export type WatchSettings = WatchOptions &
  Required<Pick<WatchOptions, 'debounceMs' | 'allowRemoved'>>

/** What a watch tells whoever listens: the event's name and its one argument. Without a listener the logger gets it. */
export interface WatchEvents {
  /** A save was upgraded to. */
  upgraded: [UpgradeReport]
  /** A save could not be upgraded to: the running version goes on. */
  failed: [{ readonly codeName: string; readonly error: Error }]
  /** A save has changed nothing of the code: a comment, or the file as it was. */
  unchanged: [{ readonly codeName: string }]
}

/** What the runtime does for a watch. */
export interface WatchHost {
  readonly logger: Logger
  /** Loads and upgrades to the file as it is now. */
  upgradeEdit(line: CodeLine, watch: string, options: ProcessUpgradeOptions): Promise<UpgradeReport>
  /** Lets go of a version that only this watch has made, unless it is in use. Returns whether it is gone. */
  drop(line: CodeLine, version: Version): Promise<boolean>
  /** Lets go of what the bundler has kept. */
  end(watch: string): Promise<void>
  /** The watch has closed. */
  onClosed(watch: Watch): void
}

let lastId = 0

/** Upgrades codes at every save of their sources, until it is closed. Made by `code.watch()` and `runtime.watch()`. */
export class Watch extends EventEmitter<WatchEvents> implements AsyncDisposable {
  readonly #host: WatchHost
  readonly #watches: readonly LineWatch[]
  #closed: Promise<void> | undefined

  /** @internal */
  constructor(lines: readonly CodeLine[], options: WatchSettings, host: WatchHost) {
    super()
    this.#host = host
    this.#watches = lines.map((line) => new LineWatch(line, options, host, this))
  }

  /** Stops watching. An upgrade that is under way goes to its end first. */
  close(): Promise<void> {
    this.#closed ??= Promise.all(this.#watches.map((each) => each.close())).then(() => {
      this.#host.onClosed(this)
    })
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Tells listeners; false when there is none. One that throws is an uncaught exception, but does not end the watch. @internal */
  announce<Name extends keyof WatchEvents>(name: Name, event: WatchEvents[Name][0]): boolean {
    if (this.listenerCount(name) === 0) return false
    queueMicrotask(() => (this as EventEmitter).emit(name, event))
    return true
  }
}

/** The saves of one code, one after the other. */
class LineWatch {
  readonly #id = `watch-${++lastId}`
  readonly #line: CodeLine
  readonly #options: ProcessUpgradeOptions
  readonly #host: WatchHost
  readonly #watch: Watch
  readonly #sources: SourceWatch
  /** The upgrade that is under way; a save meanwhile is looked at when it has ended. */
  #running: Promise<void> | undefined
  #isStale = false
  /** Whether there was a save; else it is only looked whether one was missed. */
  #isSaved = false
  #lastFailure = ''
  /** Versions that only this watch has made. */
  readonly #edits = new Set<Version>()
  #isClosed = false

  constructor(
    line: CodeLine,
    { debounceMs, ...options }: WatchSettings,
    host: WatchHost,
    watch: Watch,
  ) {
    this.#line = line
    this.#options = options
    this.#host = host
    this.#watch = watch
    this.#sources = new SourceWatch(debounceMs, () => this.#onChange())
    this.#follow()
    line.onCurrent.add(this.#follow)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#line.onCurrent.delete(this.#follow)
    this.#sources.close()
    await this.#running
    await this.#host.end(this.#id)
  }

  #onChange(): void {
    this.#isSaved = true
    this.#look()
  }

  /** Watches the sources of what is current, and of what failed. */
  readonly #follow = (error?: Error): void => {
    const missing = error === undefined ? [] : missingOf(error)
    const isNew = this.#sources.follow([...sourcesOf(this.#line.current), ...missing])
    // What was not watched until now may have been saved since it was loaded.
    if (isNew) this.#look()
  }

  #look(): void {
    this.#isStale = true
    this.#running ??= this.#catchUp()
  }

  async #catchUp(): Promise<void> {
    while (this.#isStale && !this.#isClosed) {
      const isSaved = this.#isSaved
      this.#isStale = this.#isSaved = false
      await this.#upgrade(isSaved)
    }
    // Not a moment later: a save meanwhile would be lost.
    this.#running = undefined
  }

  async #upgrade(isSaved: boolean): Promise<void> {
    try {
      const report = await this.#host.upgradeEdit(this.#line, this.#id, this.#options)
      const made = this.#line.find(report.to.version)
      // A label that the definition does not declare was made for this edit.
      if (made !== undefined && made.contract.version !== made.declared) this.#edits.add(made)
      await this.#dropEdits()
      this.#lastFailure = ''
      this.#tellUpgraded(report)
    } catch (error) {
      if (this.#isClosed) return
      if (isMoultError(error, 'IDENTICAL_VERSION')) await this.#settle()
      else this.#tellFailed(error as Error, isSaved)
    }
  }

  /** Those that a pinned process still runs are tried again at the next save. */
  async #dropEdits(): Promise<void> {
    for (const edit of this.#edits) {
      if (edit === this.#line.current) continue
      if (await this.#host.drop(this.#line, edit)) this.#edits.delete(edit)
    }
  }

  async #settle(): Promise<void> {
    this.#lastFailure = ''
    // The folder may be another one, with the same files.
    this.#follow()
    await this.#dropEdits()
    const codeName = this.#line.name
    if (this.#watch.announce('unchanged', { codeName })) return
    this.#host.logger.debug(`a save has changed nothing of ${codeName}`, { codeName })
  }

  #tellUpgraded(report: UpgradeReport): void {
    if (this.#watch.announce('upgraded', report)) return
    const { codeName, to, pauseMs } = report
    this.#host.logger.info(`${codeName} was upgraded to ${to.version}`, { pauseMs })
  }

  #tellFailed(error: Error, isSaved: boolean): void {
    const codeName = this.#line.name
    this.#follow(error)
    const isKnown = !isSaved && this.#lastFailure === error.message
    this.#lastFailure = error.message
    if (isKnown || this.#watch.announce('failed', { codeName, error })) return
    this.#host.logger.error(`${codeName} was not upgraded: ${error.message}`, { error })
  }
}

/** Absolute paths of the project's own sources. */
function sourcesOf({ image }: Version): string[] {
  const own = image.manifest.sources.filter((source) => !/(^|\/)node_modules\//.test(source.path))
  return [image.entry, ...own.map((source) => path.resolve(image.root, source.path))]
}

/** Paths at which a save may mend what has failed: the file at fault, and the one that it imports and that is not there. */
function missingOf(error: Error): string[] {
  const { file } = error as ErrorDetails
  if (file === undefined) return []
  const imported = /could not resolve "(\.[^"]*)"/i.exec(error.message)?.[1]
  if (imported === undefined) return [file]
  const missing = path.resolve(path.dirname(file), imported)
  // It may be a folder, too.
  return [file, missing, path.join(missing, 'index')]
}
