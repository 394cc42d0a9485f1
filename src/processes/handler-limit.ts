import type { Contract, OnHandlerTimeout } from '../protocol/definition/contract.ts'

/** How long handlers may run. What is undefined is as the version of the process says. */
export interface HandlerLimits {
  /** In ms. */
  readonly handlerTimeoutMs?: number | undefined
  readonly onHandlerTimeout?: OnHandlerTimeout | undefined
}

/** A process, by its own limits and those of its version. */
interface Limited {
  readonly options: HandlerLimits
  readonly version: { readonly contract: Contract } | undefined
}

/** How long (ms) a handler of a process may run. Undefined without a limit. */
export function handlerTimeoutOf({ options, version }: Limited): number | undefined {
  return options.handlerTimeoutMs ?? version?.contract.handlerTimeoutMs
}

/** What is done then. */
export function onHandlerTimeoutOf({ options, version }: Limited): OnHandlerTimeout {
  return options.onHandlerTimeout ?? version?.contract.onHandlerTimeout ?? 'tell'
}
