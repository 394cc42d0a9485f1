import { MoultError } from '../protocol/errors.ts'
import { CarriedReply } from '../protocol/wire/carried-reply.ts'
import { prototypesOf } from '../protocol/bytes/prototypes.ts'
import type { OutgoingCall } from '../protocol/wire/messages.ts'
import { thrownAnswer } from '../protocol/wire/pending-requests.ts'
import { circleError } from './call-circles.ts'
import { Message, receivedPayload } from './message.ts'
import type { OpenCalls } from './open-calls.ts'
import type { Process } from './process.ts'
import type { Activation } from './activation.ts'

/** A process whose handler sends, and the activation that sends it. */
export interface Sender {
  readonly process: Process
  readonly activation: Activation
  readonly openCalls: OpenCalls
}

/**
 * Delivers a call or cast of one process to another. A call is always answered; an error of a cast goes to `onLost`.
 */
export function answerRequest(
  target: Process | undefined,
  from: Sender,
  message: OutgoingCall,
  onLost: (error: unknown) => void,
): void {
  if (message.request !== undefined) return void answerCall(target, from, message, message.request)
  try {
    const { process, name, trace } = message
    const cast = new Message('cast', name, receivedPayload(message), undefined)
    cast.trace = trace
    existing(target, process).send(cast, true)
  } catch (error) {
    onLost(error)
  }
}

async function answerCall(
  target: Process | undefined,
  { process: from, activation: { isolate }, openCalls }: Sender,
  message: OutgoingCall,
  number: number,
): Promise<void> {
  const { process, name, sequence, trace } = message
  const outer = sequence === undefined ? undefined : from.messages.find(sequence)
  let close: (() => void) | undefined
  let leave: (() => void) | undefined
  try {
    const to = existing(target, process)
    const made = { from, to, name, outer }
    // Until its process has moved, or stays, it is not known whether a handler that has let go calls itself.
    if (to === from && outer?.isFinished === true) await from.life.endOfTransit()
    const circle = openCalls.circleOf(made)
    if (circle !== undefined) throw circleError(made, name, circle)
    const answer = new Promise((resolve, reject) => {
      const caller = { resolve: (reply: unknown) => resolve(CarriedReply.valueOf(reply)), reject }
      const call = new Message('call', name, receivedPayload(message), caller)
      call.trace = trace
      to.send(call, true)
      leave = outer?.addInner((reason) => interrupt(to, call, reason))
    })
    close = openCalls.add({ ...made, answer })
    const value = await answer
    const prototypes = prototypesOf(value)
    isolate.post({ type: 'answer', number, threw: false, value, prototypes })
  } catch (error) {
    isolate.post(thrownAnswer(number, error))
  } finally {
    close?.()
    leave?.()
  }
}

/**
 * The handler that made a call is not waited for any more. Its own handler is told, and does what it likes: the call is
 * still answered.
 */
function interrupt(to: Process, call: Message, reason: unknown): void {
  call.interruption = { reason }
  to.messages.forget(call, to.activation, reason)
}

function existing(target: Process | undefined, nameOrId: string): Process {
  if (target !== undefined) return target
  const details = { process: nameOrId, expected: 'the name or id of a process', received: nameOrId }
  throw new MoultError('UNKNOWN_PROCESS', `there is no process ${nameOrId}`, details)
}
