import { AddonLoading } from '../../src/protocol/wire/addon-loading.ts'

/** Tells main while an addon is loaded, by `require` or by the program itself: both call `process.dlopen`. */
export function tellOfAddons(memory: SharedArrayBuffer): void {
  const loading = new AddonLoading(memory)
  const dlopen = process.dlopen.bind(process)
  const told = {
    dlopen(...given: Parameters<typeof dlopen>): void {
      loading.begin()
      try {
        dlopen(...given)
      } finally {
        loading.end()
      }
    },
  }
  Object.assign(process, told)
}
