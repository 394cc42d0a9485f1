import { isDetached } from '../../../src/protocol/bytes/field-fault.ts'
import { MoultError } from '../../../src/protocol/errors.ts'
import { extraArguments } from '../../../src/protocol/extra-arguments.ts'
import { noName } from '../../../src/protocol/no-name.ts'
import { wrongValue } from '../../../src/protocol/wrong-value.ts'

const ofMessage = ['process', 'name', 'payload']
const ofTransfer = ['value', 'buffers']

/** Checks what a handler sends to another process. @throws MoultError `INVALID_OPTION` */
export function checkMessage(
  where: string,
  process: unknown,
  name: unknown,
  extra: readonly unknown[],
): void {
  if (typeof process !== 'string') throw noName(where, 'process', process)
  if (typeof name !== 'string') throw noName(where, 'name', name)
  if (extra.length > 0) throw extraArguments(where, ofMessage, ofMessage.length + extra.length)
}

/** Checks a function without parameters. @throws MoultError `INVALID_OPTION` */
export function checkNone(where: string, extra: readonly unknown[]): void {
  if (extra.length > 0) throw extraArguments(where, [], extra.length)
}

/** Checks a reply and the buffers that are to move with it. @throws MoultError `INVALID_OPTION` */
export function checkMoved(value: unknown, buffers: unknown, extra: readonly unknown[]): void {
  const where = 'context.transfer'
  if (extra.length > 0) throw extraArguments(where, ofTransfer, ofTransfer.length + extra.length)
  const isObject = typeof value === 'object' && value !== null
  if (!isObject) throw refusal('value', 'an object', value)
  if (!Array.isArray(buffers)) throw refusal('buffers', 'an array of buffers', buffers)
  for (const [at, buffer] of buffers.entries()) {
    const isRight = buffer instanceof ArrayBuffer && !isDetached(buffer)
    if (isRight && buffers.indexOf(buffer) === at) continue
    throw refusal(`buffers[${at}]`, 'an ArrayBuffer that is not detached, once', buffer)
  }
}

function refusal(path: string, expected: string, value: unknown): MoultError {
  return wrongValue('context.transfer', path, expected, value)
}

/** For a call to the process itself, beside whose handler no other may run. */
export function selfCall(process: string, name: string): MoultError {
  const message = `${process} called itself ('${name}') and would wait for itself: no other handler may run beside this one`
  return new MoultError('SELF_CALL', message, { process })
}
