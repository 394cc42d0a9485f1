import type { CodeServer } from '../code/code-server.ts'
import type { CodeLine } from '../code/code-line.ts'
import type { Loader } from '../versions/loader.ts'
import type { Version } from '../versions/version.ts'
import type { Logger } from './logger.ts'
import { watchSchema } from '../options/options.ts'
import { parseOptions } from '../options/parse-options.ts'
import type { UpgradeReport } from '../upgrade/report/report.ts'
import type { UnderWay } from '../timing/under-way.ts'
import type { Upgrades } from './upgrades.ts'
import { Watch } from './watch.ts'
import type { EditSettings, WatchHost, WatchOptions } from './watch.ts'

/** The parts of watches. */
export interface WatchesParts {
  readonly upgrades: Upgrades
  readonly codeServer: CodeServer
  readonly loader: Loader
  readonly underWay: UnderWay
  readonly logger: Logger
}

/** The watches of a runtime, which end with it. */
export class Watches implements WatchHost {
  readonly logger: Logger
  readonly #parts: WatchesParts
  readonly #open = new Set<Watch>()

  constructor(parts: WatchesParts) {
    this.logger = parts.logger
    this.#parts = parts
  }

  /** Watches the sources of codes. @throws MoultError `INVALID_OPTION`, `RUNTIME_CLOSED` */
  open(lines: readonly CodeLine[], options: WatchOptions | undefined): Watch {
    this.#parts.underWay.checkOpen()
    for (const line of lines) line.checkLoaded()
    const settings = parseOptions('watch', watchSchema, options)
    const watch = new Watch(lines, settings, this)
    this.#open.add(watch)
    return watch
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((watch) => watch.close()))
  }

  upgradeEdit(line: CodeLine, watch: string, options: EditSettings): Promise<UpgradeReport> {
    return this.#parts.upgrades.ofEdit(line, watch, options)
  }

  async drop(line: CodeLine, version: Version): Promise<boolean> {
    const label = version.contract.version
    const isGone = (): boolean => line.find(label) !== version
    // It stays while a pinned process uses it.
    if (!isGone()) await this.#parts.codeServer.dropEdit(line, label).catch(() => undefined)
    return isGone()
  }

  end(watch: string): Promise<void> {
    return this.#parts.loader.unwatch(watch)
  }

  onClosed(watch: Watch): void {
    this.#open.delete(watch)
  }
}
