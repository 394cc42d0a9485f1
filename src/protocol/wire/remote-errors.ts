import { transferHandlers } from 'comlink'
import type { TransferHandler } from 'comlink'
import { decodeThrown, encodeThrown, isWireThrown } from './thrown.ts'
import type { WireThrown } from './thrown.ts'

/**
 * Comlink's own handler for thrown errors keeps name, message and stack only; this one keeps the whole error. All users
 * of Comlink share its handlers, so a peer with the original handler can still read the message.
 */
interface ThrownValue {
  readonly value: unknown
}

interface SerialisedThrown {
  readonly isError: boolean
  readonly value: { readonly moult?: WireThrown } | undefined
}

type ThrowHandler = TransferHandler<ThrownValue, SerialisedThrown>

let isDone = false

/** Makes errors keep class, code, cause and fields when they cross by Comlink. Only the first call has an effect. */
export function keepErrorsWhole(): void {
  if (isDone) return
  isDone = true
  const original = transferHandlers.get('throw') as ThrowHandler
  const whole: ThrowHandler = {
    // Comlink marks a thrown value with a private symbol: only its own test recognises it.
    canHandle: (value): value is ThrownValue => original.canHandle(value),
    serialize(thrown) {
      const [serialised, transfers] = original.serialize(thrown)
      if (!serialised.isError) return [serialised, transfers]
      const value = { ...serialised.value, moult: encodeThrown(thrown.value) }
      return [{ isError: true, value }, transfers]
    },
    deserialize(serialised) {
      const wire = serialised.isError ? serialised.value?.moult : undefined
      if (!isWireThrown(wire)) return original.deserialize(serialised)
      throw decodeThrown(wire)
    },
  }
  transferHandlers.set('throw', whole)
}
