import path from 'node:path'
import type { CodeLine } from '../code/code-line.ts'
import { SourceWatch } from './source-watch.ts'
import { StrictEmitter } from './strict-emitter.ts'
import type { Version } from '../versions/version.ts'
import type { Logger } from './logger.ts'
import type { ErrorCode, ErrorDetails } from '../protocol/errors.ts'
import { isMoultError } from '../protocol/errors.ts'
import type { WatchSettings } from '../options/options.ts'
import { rejectExtraArguments } from '../options/strict-methods.ts'
import type {
  MeasuredOptions,
  ProcessDowngradeOptions,
  ProofOptions,
} from '../upgrade/plan/options.ts'
import type { UpgradeReport } from '../upgrade/report/report.ts'

/** Options of a watch. `allowRemoved` is true unless it is set: an edit may well remove a call. */
export type WatchOptions = Omit<ProcessDowngradeOptions, 'signal' | 'allowWider'> &
  ProofOptions &
  MeasuredOptions & {
    /** How long (ms) to wait for further changes after one. Default 20. */
    readonly debounceMs?: number
  }

/** How an edit is upgraded to. */
export type EditSettings = Omit<WatchSettings, 'debounceMs'>

/** The events of a watch: name and argument. Without a listener the logger gets them. */
export interface WatchEvents {
  /** A save was upgraded to. */
  upgraded: [UpgradeReport]
  /** A save could not be upgraded to: the running version goes on. */
  failed: [{ readonly codeName: string; readonly error: Error }]
  /** A save has changed nothing of the code: a comment, or the file as it was. */
  unchanged: [{ readonly codeName: string }]
}

/** The services of the runtime for a watch. */
export interface WatchHost {
  readonly logger: Logger
  /** Loads the file as it is now and upgrades to it. */
  upgradeEdit(line: CodeLine, watch: string, options: EditSettings): Promise<UpgradeReport>
  /** Drops a version of this watch unless it is in use. Returns whether it is gone. */
  drop(line: CodeLine, version: Version): Promise<boolean>
  /** Drops the parsed files that the bundler has kept. */
  end(watch: string): Promise<void>
  /** The watch has closed. */
  onClosed(watch: Watch): void
}

let lastId = 0

/** Upgrades codes at every save of their sources, until it is closed. Made by `code.watch()` and `runtime.watch()`. */
export class Watch extends StrictEmitter<WatchEvents> implements AsyncDisposable {
  readonly #host: WatchHost
  readonly #watches: readonly LineWatch[]
  #closed: Promise<void> | undefined

  /** @internal */
  constructor(lines: readonly CodeLine[], options: WatchSettings, host: WatchHost) {
    super(['upgraded', 'failed', 'unchanged'])
    this.#host = host
    this.#watches = lines.map((line) => new LineWatch(line, options, host, this))
  }

  /** Stops watching. Waits for an upgrade that is under way. */
  close(): Promise<void> {
    this.#closed ??= Promise.all(this.#watches.map((each) => each.close())).then(() => {
      this.#host.onClosed(this)
    })
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

rejectExtraArguments(Watch.prototype, { close: [] })

/** How long (ms) sources that cannot be read must be as they are to be told: an editor may be about to go on. */
const SETTLE_MS = 150
/** How long (ms) behind a save that met a long handler it is tried again. Each try waits for the handler itself. */
const RETRY_MS = 200

const unread: readonly ErrorCode[] = [
  'FILE_NOT_FOUND',
  'UNRESOLVED_IMPORT',
  'SYNTAX_ERROR',
  'NOT_A_DEFINITION',
  'LOAD_FAILED',
]

/** Whether a file may be missing for a moment, or be written by half. */
function isUnread(error: unknown): boolean {
  return isMoultError(error) && unread.includes(error.code)
}

/** Whether a process would not stop for the save in time: its handler ends later. */
function isBusy(error: unknown): boolean {
  return isMoultError(error, 'SUSPEND_TIMEOUT') || isMoultError(error, 'PROCESS_BUSY')
}

/** The saves of one code, one after the other. */
class LineWatch {
  readonly #id = `watch-${++lastId}`
  readonly #line: CodeLine
  readonly #options: EditSettings
  readonly #host: WatchHost
  readonly #watch: Watch
  readonly #sources: SourceWatch
  /** The upgrade that is under way. A save meanwhile is handled after it. */
  #running: Promise<void> | undefined
  #isStale = false
  /** Whether there was a save; else the next round only looks for a missed one. */
  #isSaved = false
  #lastFailure = ''
  /** When a source was last seen to change. */
  #changedAt = -Infinity
  /** Since when the sources cannot be read. */
  #unreadSince: number | undefined
  /** The next round without a save. */
  #retry: NodeJS.Timeout | undefined
  /** Versions that this watch has made. */
  readonly #edits = new Set<Version>()
  #isClosed = false
  #closed: Promise<void> | undefined

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
    line.onUnload.add(this.#onUnload)
  }

  /** Where that fails, a close by the user says so. */
  readonly #onUnload = (): void => void this.close().catch(() => undefined)

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#isClosed = true
    this.#line.onCurrent.delete(this.#follow)
    this.#line.onUnload.delete(this.#onUnload)
    this.#sources.close()
    clearTimeout(this.#retry)
    await this.#running
    await this.#host.end(this.#id)
  }

  #onChange(): void {
    this.#changedAt = performance.now()
    this.#isSaved = true
    this.#look()
  }

  /** Watches the sources of the current version, and those of a failed save. */
  readonly #follow = (error?: Error): void => {
    const missing = error === undefined ? [] : missingOf(error)
    const isNew = this.#sources.follow([...sourcesOf(this.#line.current), ...missing])
    // A file that was not watched may have been saved since it was loaded.
    if (isNew) this.#look()
  }

  #lookLater(ms: number): void {
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#look(), ms)
  }

  #look(): void {
    clearTimeout(this.#retry)
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
    const began = performance.now()
    try {
      const report = await this.#host.upgradeEdit(this.#line, this.#id, this.#options)
      const made = this.#line.find(report.to.version)
      // An undeclared label was made for this edit.
      if (made !== undefined && made.contract.version !== made.declared) this.#edits.add(made)
      await this.#dropEdits()
      this.#forgetFailures()
      this.#tellUpgraded(report)
    } catch (error) {
      if (this.#isClosed) return
      if (isMoultError(error, 'IDENTICAL_VERSION')) await this.#settle()
      else this.#onFailure(error as Error, { isSaved, began })
    }
  }

  /** Versions that a pinned process still runs are tried again at the next save. */
  async #dropEdits(): Promise<void> {
    for (const edit of this.#edits) {
      if (edit === this.#line.current) continue
      if (await this.#host.drop(this.#line, edit)) this.#edits.delete(edit)
    }
  }

  #forgetFailures(): void {
    this.#lastFailure = ''
    this.#unreadSince = undefined
  }

  async #settle(): Promise<void> {
    this.#forgetFailures()
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

  #onFailure(error: Error, { isSaved, began }: { isSaved: boolean; began: number }): void {
    this.#follow(error)
    if (isUnread(error)) {
      this.#unreadSince ??= performance.now()
      const settledAt = Math.max(this.#unreadSince, this.#changedAt) + SETTLE_MS
      if (began < settledAt) {
        this.#isSaved ||= isSaved
        return this.#lookLater(Math.max(0, settledAt - performance.now()))
      }
    } else this.#unreadSince = undefined
    if (isBusy(error)) this.#lookLater(RETRY_MS)
    this.#tellFailed(error, isSaved)
  }

  #tellFailed(error: Error, isSaved: boolean): void {
    const codeName = this.#line.name
    // How long it has been waited for differs.
    const failure = isBusy(error) ? 'busy' : error.message
    const isKnown = !isSaved && this.#lastFailure === failure
    this.#lastFailure = failure
    if (isKnown || this.#watch.announce('failed', { codeName, error })) return
    this.#host.logger.error(`${codeName} was not upgraded: ${error.message}`, { error })
  }
}

/** Absolute paths of the project's own sources. */
function sourcesOf({ image }: Version): string[] {
  const own = image.manifest.sources.filter((source) => !/(^|\/)node_modules\//.test(source.path))
  return [image.entry, ...own.map((source) => path.resolve(image.root, source.path))]
}

/** Paths at which a save may mend a failure: the file at fault, and a missing file that it imports. */
function missingOf(error: Error): string[] {
  const { file } = error as ErrorDetails
  if (file === undefined) return []
  const imported = /could not resolve "(\.[^"]*)"/i.exec(error.message)?.[1]
  if (imported === undefined) return [file]
  const missing = path.resolve(path.dirname(file), imported)
  // It may be a folder, too.
  return [file, missing, path.join(missing, 'index')]
}
