/** A program that gives the functions of its context what it is told. */
export const program = `import { event } from 'moult'
export default {
  version: '1.0.0',
  init: () => ({}),
  emits: { told: event() },
  calls: {
    incr: (_state, by) => by,
    use: (_state, [name, ...given], context) => context[name](...given),
    log: (_state, given, { log }) => log.info(...given),
    release: (_state, given, { letGo }) => letGo(...given),
    stream: (_state, [where, kind]) => {
      const stream = new globalThis[kind]()
      return where === 'deep' ? { a: [stream] } : stream
    },
    port: () => new MessageChannel().port1,
    closed: async () => {
      const { port1 } = new MessageChannel()
      port1.close()
      await new Promise((resolve) => setTimeout(resolve, 20))
      return port1
    },
    move: (_state, how, { transfer }) => {
      const buffer = new ArrayBuffer(4)
      if (how === 'twice') return transfer({ buffer }, [buffer, buffer])
      if (how === 'gone') structuredClone(buffer, { transfer: [buffer] })
      if (how === 'no object') return transfer(5, [buffer])
      if (how === 'no list') return transfer({ buffer }, buffer)
      return transfer({ buffer }, [buffer])
    },
  },
  casts: { note: () => undefined },
}`

/** What each method takes. */
export const methods = {
  runtime: { load: 2, whereis: 1, processes: 0, supervise: 1, watch: 1, close: 1, on: 2 },
  code: {
    spawn: 1,
    spawnMany: 2,
    upgrade: 2,
    downgrade: 2,
    rollBack: 1,
    load: 2,
    versions: 0,
    watch: 1,
    softPurge: 1,
    purge: 2,
    unload: 1,
  },
  ref: {
    as: 0,
    upgrade: 2,
    downgrade: 2,
    proxy: 0,
    register: 1,
    reregister: 1,
    unregister: 0,
    state: 0,
    inspect: 0,
    why: 0,
    events: 2,
    restart: 1,
    stop: 1,
    with: 1,
    call: 2,
    cast: 2,
    stream: 2,
  },
  watch: { close: 0 },
} as const
