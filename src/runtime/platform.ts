import { MoultError } from '../protocol/errors.ts'

/** The oldest Node that has all that moult needs. */
const LEAST_NODE = [20, 19] as const

/** Other platforms that take Node's place, by their names in `process.versions`, and what moult misses there. */
const others: Readonly<Record<string, { readonly name: string; readonly lacks: string }>> = {
  bun: {
    name: 'Bun',
    lacks: 'the Serializer of node:v8, by which states cross, and resourceLimits of worker threads',
  },
  deno: {
    name: 'Deno',
    lacks: 'on() of a MessagePort that was sent to a thread, by which tables are copied',
  },
}

/** Refuses to begin where something would be missing later. @throws MoultError `UNSUPPORTED_PLATFORM` */
export function checkPlatform(versions: Readonly<Record<string, string | undefined>>): void {
  for (const [key, { name, lacks }] of Object.entries(others)) {
    const version = versions[key]
    if (version !== undefined) throw unsupported(`${name} ${version}`, `it lacks ${lacks}`)
  }
  const { node = '' } = versions
  const [major = 0, minor = 0] = node.split('.').map(Number)
  const isOld = major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1])
  if (isOld) throw unsupported(`Node ${node}`, 'it lacks require() of ES modules')
}

/** Refuses a copy of moult that is a part of a bundle. @throws MoultError `UNSUPPORTED_PLATFORM` */
export function checkOutside(isInBundle: boolean): void {
  if (!isInBundle) return
  const expected = "moult outside of the bundle (external: ['moult'])"
  const reason = 'its threads start from its own files, and this is a bundle without them'
  throw new MoultError('UNSUPPORTED_PLATFORM', `${reason}; expected ${expected}`, {
    expected,
    received: 'moult in a bundle',
  })
}

function unsupported(received: string, reason: string): MoultError {
  const expected = `Node ${LEAST_NODE.join('.')} or newer`
  const message = `moult needs ${expected}, and this is ${received}: ${reason}`
  return new MoultError('UNSUPPORTED_PLATFORM', message, { expected, received })
}
