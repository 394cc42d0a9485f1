import type { ProcessContext } from '../../../src/protocol/definition/context.ts'
import type { Emit } from './emit.ts'
import { HandlerContext } from './handler-context.ts'

/**
 * The context of a handler that is replayed. What it casts and emits has been sent when the message was handled first:
 * here it goes nowhere.
 */
export class ReplayContext extends HandlerContext {
  override get isReplay(): boolean {
    return true
  }

  override get cast(): ProcessContext['cast'] {
    return sendNothing
  }

  override get emit(): Emit {
    return sendNothing
  }
}

function sendNothing(): void {
  // It has been sent.
}
