import { openFloor } from '../swap/floor.ts'
import { swapping } from './swapping.ts'
import * as v1 from './v1.ts'
import * as v2 from './v2.ts'
import type { Variant, WindowLength } from './variant.ts'

/** Stop, copy, go on: by hand between two warm threads. */
export async function openStopAndCopy(size: number, window: WindowLength): Promise<Variant> {
  const small = v1.init(500)
  const floor = await openFloor(size, {
    files: { 1: new URL('./v1.ts', import.meta.url), 2: new URL('./v2.ts', import.meta.url) },
    samples: { 1: v2.codeChange(small), 2: small },
  })
  return swapping('stop and copy', floor, window)
}
