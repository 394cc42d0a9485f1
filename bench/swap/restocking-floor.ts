import { Floor, startFloor } from './floor.ts'
import type { Swap } from './swappable.ts'

/** The floor, with the thread for the next swap started as soon as one is over, as moult does: a client may feel that too. */
class RestockingFloor extends Floor {
  override readonly name = 'floor + next thread'

  override async swap(): Promise<Swap> {
    const swap = await super.swap()
    void this.prepare()
    return swap
  }
}

export async function openRestockingFloor(size: number): Promise<RestockingFloor> {
  return new RestockingFloor(...(await startFloor(size)))
}
