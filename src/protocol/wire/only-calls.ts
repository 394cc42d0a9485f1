import type { MoultError } from '../errors.ts'

/** Read by `await` and by `JSON.stringify` of any value. */
export const readOfAnything: ReadonlySet<string> = new Set(['then', 'toJSON'])

/** The handler of a proxy that can be called, and refuses what would change or construct it. */
export abstract class OnlyCalls implements ProxyHandler<object> {
  /** The error for what was tried. */
  abstract refused(what: string): MoultError

  set(_target: object, name: string | symbol): never {
    throw this.refused(`an assignment to ${String(name)}`)
  }

  deleteProperty(_target: object, name: string | symbol): never {
    throw this.refused(`a deletion of ${String(name)}`)
  }

  setPrototypeOf(): never {
    throw this.refused('another prototype')
  }

  construct(): never {
    throw this.refused('new')
  }
}
