import { ProgressCell, allocateProgress } from './progress.ts'

/** Cells of one page: enough that a page is seldom needed, few enough that an isolate of one process wastes 16 kB. */
const CELLS = 1024

/** The progress cells of one isolate, by slot. They grow by whole pages, which main makes and the isolate is given. */
export class ProgressPages {
  readonly #pages: Int32Array[] = []

  /** How many slots have a cell. */
  get capacity(): number {
    return this.#pages.length * CELLS
  }

  /** A new page, for the other side too. */
  static allocate(): SharedArrayBuffer {
    return allocateProgress(CELLS)
  }

  add(page: SharedArrayBuffer): void {
    this.#pages.push(new Int32Array(page))
  }

  /** @throws RangeError where the slot has no cell yet. */
  cell(slot: number): ProgressCell {
    const page = this.#pages[Math.floor(slot / CELLS)]
    if (page === undefined) throw new RangeError(`there is no cell for slot ${slot}`)
    return new ProgressCell(page, slot % CELLS)
  }
}
