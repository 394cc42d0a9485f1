import type {
  AnyDefinition,
  Code,
  ProcessGroup,
  ProcessRef,
  Runtime,
  Services,
  SpawnManyOptions,
  SpawnOptions,
  SuperviseOptions,
  TableOptions,
  createRuntime,
} from 'moult'

type AnyCode = Code<AnyDefinition>
type AnyRef = ProcessRef<AnyDefinition>

/** The type of a parameter that may be left out. */
type Given<Method extends (...all: never[]) => unknown, At extends number> = NonNullable<
  Parameters<Method>[At]
>

/** The options of each public function that takes some. */
export interface Taken {
  readonly createRuntime: Given<typeof createRuntime, 0>
  readonly load: Given<Runtime['load'], 1>
  readonly 'load of one': Given<AnyCode['load'], 1>
  readonly watch: Given<Runtime['watch'], 0>
  readonly 'watch of one': Given<AnyCode['watch'], 0>
  readonly close: Given<Runtime['close'], 0>
  readonly spawn: SpawnOptions<unknown>
  readonly spawnMany: SpawnManyOptions<unknown>
  readonly supervise: Partial<SuperviseOptions<readonly AnyDefinition[]>>
  readonly upgrade: Given<AnyCode['upgrade'], 1>
  readonly downgrade: Given<AnyCode['downgrade'], 1>
  readonly rollBack: Given<AnyCode['rollBack'], 0>
  readonly purge: Given<AnyCode['purge'], 1>
  readonly unload: Given<AnyCode['unload'], 0>
  readonly 'upgrade of one': Given<AnyRef['upgrade'], 1>
  readonly 'downgrade of one': Given<AnyRef['downgrade'], 1>
  readonly restart: Given<AnyRef['restart'], 0>
  readonly stop: Given<AnyRef['stop'], 0>
  readonly 'stop of a group': Given<ProcessGroup<AnyDefinition>['stop'], 0>
  readonly with: Given<AnyRef['with'], 0>
  readonly events: Given<AnyRef['events'], 1>
  readonly table: TableOptions
  readonly 'new Table': TableOptions
}

/** One of the functions. */
export type Method = keyof Taken

/** A value of each option, also of those that cannot be given with another. */
type Each<Options> = {
  readonly [Name in keyof Options & string]-?: NonNullable<Options[Name]>
}

/** The options of which the type of a function does not take each value alone. */
export type RefusedAlone<Options> = {
  [Name in keyof Options & string]-?: {
    readonly [Only in Name]: NonNullable<Options[Name]>
  } extends Options
    ? never
    : Name
}[keyof Options & string]

const silent = { debug: () => 0, info: () => 0, warn: () => 0, error: () => 0 }
const { signal } = new AbortController()
const move = {
  suspendTimeoutMs: 1,
  maxStallMs: 1,
  codeChangeTimeoutMs: 1,
  maxPauseMs: 1,
  drainTimeoutMs: 1,
  copy: 'whole' as const,
  probation: true,
  extra: 'any data',
}
const proof = { rehearse: false, typecheck: false }
const asked = { ...move, signal, allowRemoved: false, allowWider: false }
const permissions = { read: true, net: true }
const rolling = { mode: 'atomic', groupSize: 1, throttleMs: 1, blocked: 'skip' } as const
const watch = { ...move, ...proof, allowRemoved: false, debounceMs: 1 }
const stop = { drain: false, timeoutMs: 0 }

/** A right value of each option of each function: the compiler asks for those of a new one. */
export const rightValues: { readonly [Name in Method]: Each<Taken[Name]> } = {
  createRuntime: {
    services: {} as Services,
    logger: silent,
    probation: true,
    maxIsolates: 1,
    warmSpares: 0,
    store: { directory: 'images' },
    tempFolder: 'images',
    resourceLimits: { maxOldGenerationSizeMb: 64 },
    loadTimeoutMs: 1,
    initTimeoutMs: 1,
    exitGraceMs: 1,
    onUnhandled: 'exit',
    tracing: false,
    faultPoint: () => undefined,
    checkStates: true,
    classes: {},
    codecs: {},
  },
  load: {
    name: 'own',
    external: [],
    isolates: 1,
    resourceLimits: { maxOldGenerationSizeMb: 100 },
    permissions,
  },
  'load of one': { permissions },
  watch,
  'watch of one': watch,
  close: stop,
  spawn: {
    name: 'own',
    version: 'none',
    args: 'any data',
    mailbox: { capacity: 2, overflow: 'drop-oldest' },
    restart: { policy: 'temporary' },
    checkpoint: { everyMessages: 5 },
    handlerTimeoutMs: 1,
    onHandlerTimeout: 'kill',
  },
  spawnMany: {
    name: (index) => `own ${index}`,
    version: 'none',
    args: 'any data',
    mailbox: { capacity: 2, overflow: 'drop-oldest' },
    restart: { policy: 'temporary' },
    checkpoint: { everyMessages: 5 },
    handlerTimeoutMs: 1,
    onHandlerTimeout: 'kill',
  },
  supervise: {
    name: 'own',
    strategy: 'one-for-all',
    maxRestarts: 0,
    withinMs: 1,
    children: [{ code: 'any', restart: 'transient', shutdown: stop } as never],
  },
  upgrade: { ...asked, ...proof, ...rolling, only: 1, permissions },
  downgrade: { ...asked, ...rolling, only: ['own'] },
  rollBack: { ...asked, ...rolling },
  purge: stop,
  unload: stop,
  'upgrade of one': { ...asked, ...proof, permissions },
  'downgrade of one': asked,
  restart: { version: 'none', from: 'init' },
  stop,
  with: {
    timeoutMs: 1,
    signal,
    transfer: [],
    trace: {
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      tracestate: 'vendor=1',
    },
  },
  'stop of a group': stop,
  events: { capacity: 1, overflow: 'drop-newest' },
  table: { freeze: false },
  'new Table': { freeze: false },
}
