import type { RollProgress, UpgradeObserver } from '../plan/upgrade-observer.ts'

/** Tells how far a rolling upgrade has come, once each time that it has come further. */
export class ToldProgress {
  readonly #observer: Pick<UpgradeObserver, 'onProgress'>
  #told = ''

  constructor(observer: Pick<UpgradeObserver, 'onProgress'>) {
    this.#observer = observer
  }

  tell(progress: RollProgress): void {
    // Lanes that end together would say the same.
    const said = `${progress.moved} ${progress.blocked.length}`
    if (said !== this.#told) this.#observer.onProgress(progress)
    this.#told = said
  }
}
