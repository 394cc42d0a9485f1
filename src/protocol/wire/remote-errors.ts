import { transferHandlers } from 'comlink'
import type { TransferHandler } from 'comlink'
import { decodeThrown, encodeThrown, isWireThrown } from './thrown.ts'
import type { WireThrown } from './thrown.ts'

/**
 * Comlink's own handler for thrown errors keeps name, message and stack only. This one sends the whole error along;
 * a peer that has the original handler still finds what it looks for, since handlers are shared by all users of Comlink.
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

/** Makes errors keep class, code, cause and fields when they cross by Comlink. Only the first call does something. */
export function keepErrorsWhole(): void {
  if (isDone) return
  isDone = true
  const original = transferHandlers.get('throw') as ThrowHandler
  const whole: ThrowHandler = {
    // Comlink marks what was thrown with a symbol of its own: only its own test recognises it.
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
