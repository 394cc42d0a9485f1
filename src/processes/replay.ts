import type { OtherWay } from '../protocol/definition/contract.ts'
import { Message } from './message.ts'

/**
 * A message that has been answered, to be handled once more on a state from before it. Nothing is told of its end, and
 * its handler finds `context.isReplay`.
 */
export class Replay extends Message {
  constructor(handled: Message) {
    super(handled.kind, handled.name, handled.payload, undefined)
    this.origin = handled.origin
    this.arrival = handled.arrival
    this.isWritten = handled.isWritten
    this.trace = handled.trace
  }

  override get isReplay(): boolean {
    return true
  }

  protected override get way(): OtherWay {
    return this.isWritten ? 'writtenReplay' : 'replayed'
  }
}
