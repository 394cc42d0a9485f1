import { Floor, startFloor } from './floor.ts'
import type { Swap } from './swappable.ts'

/** The floor's threads and pings, and no swap: how long a gap the machine makes by itself. */
class NoSwap extends Floor {
  override readonly name = 'no swap'

  override async swap(): Promise<Swap> {
    return {}
  }
}

export async function openNoSwap(size: number): Promise<NoSwap> {
  return new NoSwap(...(await startFloor(size)))
}
