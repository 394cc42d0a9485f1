import { ProgressCell, allocateProgress } from './progress.ts'

/** Cells of one page: enough that a page is seldom needed, few enough that an isolate of one process wastes 16 kB. */
const CELLS = 1024

/** The progress cells of one isolate, by slot. They grow by pages, which main makes and sends to the isolate. */
export class ProgressPages {
  readonly #pages: Int32Array[] = []

  /** The number of slots that have a cell. */
  get capacity(): number {
    return this.#pages.length * CELLS
  }

  /** A new page, to be shared with the other side. */
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
