import { types } from 'node:util'
import { transferHandlers, wrap } from 'comlink'
import type { Endpoint } from 'comlink'
import { MessagePort } from 'node:worker_threads'
import type { Transferable } from 'node:worker_threads'
import { MoultError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'

/** Comlink's own handlers: of what `proxy()` has marked, and of what was thrown. */
const own: ReadonlySet<string> = new Set(['proxy', 'throw'])

/** A value and the name of the transfer handler that wrote it, if one did. */
export type WrittenValue = readonly [handler: string | undefined, value: unknown]

/** Whether the user has registered transfer handlers in this thread. */
export function hasHandlers(): boolean {
  return transferHandlers.size > own.size
}

/** A value as Comlink would send it. */
export interface SentValue {
  readonly value: unknown
  /** The name of the user's transfer handler that wrote it. */
  readonly handler: string | undefined
  /** What was marked by Comlink's `transfer()`, or is moved by the handler. */
  readonly transfer: Transferable[]
}

/**
 * A value as Comlink would send it: written by a handler of the user's, with what is to be moved. What `proxy()` has
 * marked is refused before a port is made for it.
 * @throws MoultError `code`, and what the handler throws.
 */
export function asComlinkSends(value: unknown, code: ErrorCode, path: string): SentValue {
  if (isProxied(value)) throw proxied(code, path)
  if (hasHandlers()) {
    const written = byHandler(value)
    if (written !== undefined) return written
  }
  return { value, handler: undefined, transfer: mayMove(value) ? marked(value) : [] }
}

/** Closes the ports that a handler has made for a value that does not cross. Those of the user's own marks stay open. */
export function abandon({ handler, transfer }: SentValue): void {
  if (handler === undefined) return
  for (const each of transfer) if (each instanceof MessagePort) each.close()
}

/**
 * What a handler of the other side has written, read by the one of the same name on this side.
 * @throws MoultError `code` where there is none.
 */
export function fromComlink(
  value: unknown,
  handler: string | undefined,
  code: ErrorCode,
  path: string,
): unknown {
  if (handler === undefined) return value
  const reader = own.has(handler) ? undefined : transferHandlers.get(handler)
  if (reader !== undefined) return reader.deserialize(value)
  const expected = `a transfer handler '${handler}' on both sides`
  const message = `${path} was written by the transfer handler '${handler}', which is not registered where it arrived`
  throw new MoultError(code, message, { path, expected, received: 'none where it arrived' })
}

/** Whether Comlink's `proxy()` has marked it. */
function isProxied(value: unknown): boolean {
  // A proxy of the user's may throw. It is no data either, and is refused as such.
  return !types.isProxy(value) && (transferHandlers.get('proxy')?.canHandle(value) ?? false)
}

function byHandler(value: unknown): SentValue | undefined {
  if (types.isProxy(value)) return undefined
  for (const [name, handler] of transferHandlers) {
    if (own.has(name) || !handler.canHandle(value)) continue
    const [written, transfer] = handler.serialize(value)
    return { value: written, handler: name, transfer: transfer as Transferable[] }
  }
  return undefined
}

function proxied(code: ErrorCode, path: string): MoultError {
  const expected = 'data that structured clone carries'
  const received = 'a value that Comlink’s proxy() has marked'
  const message = `${path} is ${received}, and cannot cross; expected ${expected}`
  return new MoultError(code, message, { path, expected, received })
}

/** The most values that are looked at: to ask Comlink costs no more than a copy of some of them. */
const MAX_LOOKS = 48

/** Whether anything in a value might be moved. All but plain objects and arrays of data might be. */
function mayMove(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  try {
    return holdsMore(value, { looks: MAX_LOOKS })
  } catch {
    // A getter throws. It does so again when the value is copied, and is reported then.
    return true
  }
}

function holdsMore(value: unknown, left: { looks: number }): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return true
  const keys = Object.keys(value)
  left.looks -= 1 + keys.length
  if (left.looks < 0) return true
  const fields = value as Readonly<Record<string, unknown>>
  return keys.some((key) => holdsMore(fields[key], left))
}

/** What moves with a value that Comlink's `transfer()` has marked. */
function marked(value: unknown): Transferable[] {
  reader ??= new MarkReader()
  return reader.read(value)
}

let reader: MarkReader | undefined

/** Comlink keeps its marks to itself. But it hands them to the endpoint of a remote, which this one never sends on. */
class MarkReader {
  #answer: (event: MessageEvent) => void = () => undefined
  #found: Transferable[] = []
  readonly #remote = wrap<(value: unknown) => void>(this.#endpoint())

  read(value: unknown): Transferable[] {
    void this.#remote(value)
    const found = this.#found
    this.#found = []
    return found
  }

  #endpoint(): Endpoint {
    return {
      postMessage: ({ id }: { readonly id: string }, found?: unknown) => {
        this.#found = (found as Transferable[] | undefined) ?? []
        // Comlink keeps what is not answered.
        this.#answer({ data: { id, type: 'RAW' } } as MessageEvent)
      },
      addEventListener: (_type, listener) => {
        this.#answer = listener as (event: MessageEvent) => void
      },
      removeEventListener: () => undefined,
    }
  }
}
