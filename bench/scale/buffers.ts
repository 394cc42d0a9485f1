import { createRuntime } from 'moult'
import type { Code, ProcessRef } from 'moult'
import { openFloor } from '../swap/floor.ts'
import type v1 from './buffers-v1.ts'
import { init } from './grid-v1.ts'
import { codeChange } from './grid-v2.ts'
import { swapping } from './swapping.ts'
import type { Variant, WindowLength } from './variant.ts'

/** A process whose state is a few large typed arrays. */
export async function openBuffers(megabytes: number, window: WindowLength): Promise<Variant> {
  const runtime = await createRuntime()
  const files = [1, 2].map((version) => new URL(`./buffers-v${version}.ts`, import.meta.url))
  const code: Code<typeof v1> = await runtime.load<typeof v1>(files[0]!)
  const process: ProcessRef<typeof v1> = await code.spawn({ args: megabytes })
  let swaps = 0
  const subject = {
    name: 'moult',
    ping: () => process.call('ping'),
    async swap() {
      const { pauseMs } = await code.upgrade(files[++swaps % 2]!)
      return { pauseMs }
    },
    close: () => runtime.close(),
  }
  return swapping('moult', subject, window, true)
}

/** The same by hand: `v8.serialize`, moved, `v8.deserialize`. */
export async function openCopiedBuffers(megabytes: number, window: WindowLength): Promise<Variant> {
  const floor = await openFloor(megabytes, {
    files: {
      1: new URL('./grid-v1.ts', import.meta.url),
      2: new URL('./grid-v2.ts', import.meta.url),
    },
    samples: { 1: codeChange(init(1)), 2: init(1) },
  })
  return swapping('stop and copy', floor, window)
}
