import v8 from 'node:v8'
import vm from 'node:vm'

/** Collects this thread's garbage, so that what is left is what is used. */
export function collectGarbage(): void {
  v8.setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('gc') as () => void
  collect()
}
