import { setImmediate as turn } from 'node:timers/promises'
import type { ProcessContext } from '../../../../src/protocol/definition/context.ts'
import { gate } from '../../../support/gate.ts'

export interface State {
  count: number
}

/** A definition whose handlers and steps wait until `open` is called, and what they were given. */
export function waiting(version = '1') {
  const { opened, open } = gate()
  const contexts: ProcessContext[] = []
  const later = async (state: State): Promise<State> => {
    await opened
    return { count: state.count + 100 }
  }
  const definition = {
    version,
    init: (): State => ({ count: 0 }),
    calls: {
      add: (state: State) => ++state.count,
      wait: async (state: State, _none: unknown, context: ProcessContext) => {
        contexts.push(context)
        await opened
        return ++state.count
      },
    },
    codeChange: { 1: later, 0: (state: State) => state },
    downgrade: { 2: later },
  }
  return {
    definition,
    contexts,
    open: async (): Promise<void> => {
      open()
      await turn()
    },
  }
}
