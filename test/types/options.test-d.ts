import type { AnyDefinition, Code, ProcessGroup, ProcessRef, Runtime, createRuntime } from 'moult'
import type { InferInput } from 'valibot'
import { expectTypeOf, test } from 'vitest'
import type { Drift } from '../../src/options/option-drift.ts'
import type * as options from '../../src/options/options.ts'
import type { parseOptions } from '../../src/options/parse-options.ts'
import type * as supervise from '../../src/options/supervise.ts'
import type { Method, RefusedAlone, Taken } from '../support/each-option.ts'

/** Names of options of which the last parameter's type and a schema do not say the same. */
type DriftOf<
  Method extends (...all: never[]) => unknown,
  At extends number,
  Schema,
> = Schema extends Parameters<typeof parseOptions>[1]
  ? Drift<NonNullable<Parameters<Method>[At]>, InferInput<Schema>>
  : 'not a schema'

type AnyCode = Code<AnyDefinition>
type AnyRef = ProcessRef<AnyDefinition>

test('what a public function takes by its type is what its schema takes', () => {
  expectTypeOf<DriftOf<typeof createRuntime, 0, typeof options.runtimeSchema>>().toBeNever()
  expectTypeOf<DriftOf<Runtime['load'], 1, typeof options.loadSchema>>().toBeNever()
  expectTypeOf<DriftOf<AnyCode['load'], 1, typeof options.furtherLoadSchema>>().toBeNever()
  expectTypeOf<DriftOf<Runtime['watch'], 0, typeof options.watchSchema>>().toBeNever()
  expectTypeOf<DriftOf<Runtime['close'], 0, typeof options.stopSchema>>().toBeNever()
  expectTypeOf<DriftOf<AnyCode['spawn'], 0, typeof options.spawnSchema>>().toBeNever()
  expectTypeOf<DriftOf<AnyCode['spawnMany'], 1, typeof supervise.spawnManySchema>>().toBeNever()
  expectTypeOf<DriftOf<Runtime['supervise'], 0, typeof supervise.superviseSchema>>().toBeNever()
  expectTypeOf<DriftOf<AnyCode['upgrade'], 1, typeof options.upgradeSchema>>().toBeNever()
  expectTypeOf<DriftOf<AnyCode['downgrade'], 1, typeof options.downgradeSchema>>().toBeNever()
  expectTypeOf<DriftOf<AnyCode['rollBack'], 0, typeof options.rollBackSchema>>().toBeNever()
  expectTypeOf<DriftOf<AnyCode['watch'], 0, typeof options.watchSchema>>().toBeNever()
  expectTypeOf<DriftOf<AnyCode['purge'], 1, typeof options.stopSchema>>().toBeNever()
  expectTypeOf<DriftOf<AnyCode['unload'], 0, typeof options.stopSchema>>().toBeNever()
  expectTypeOf<DriftOf<AnyRef['upgrade'], 1, typeof options.processUpgradeSchema>>().toBeNever()
  expectTypeOf<DriftOf<AnyRef['downgrade'], 1, typeof options.processDowngradeSchema>>().toBeNever()
  expectTypeOf<DriftOf<AnyRef['stop'], 0, typeof options.stopSchema>>().toBeNever()
  expectTypeOf<
    DriftOf<ProcessGroup<AnyDefinition>['stop'], 0, typeof options.stopSchema>
  >().toBeNever()
  expectTypeOf<DriftOf<AnyRef['with'], 0, typeof options.callSchema>>().toBeNever()
  expectTypeOf<DriftOf<AnyRef['events'], 1, typeof options.eventsSchema>>().toBeNever()
})

test('a drift is seen: an option that one side lacks, another value, and both within an option', () => {
  interface Options {
    readonly mode?: 'atomic' | 'rolling'
    readonly count?: number
    readonly mailbox?: { readonly capacity?: number }
    readonly signal?: AbortSignal
  }
  expectTypeOf<Drift<Options, Options>>().toBeNever()
  expectTypeOf<Drift<Options, Omit<Options, 'count'>>>().toEqualTypeOf<'count'>()
  expectTypeOf<Drift<Omit<Options, 'count'>, Options>>().toEqualTypeOf<'count'>()
  type Wider = Omit<Options, 'mode'> & { readonly mode?: 'atomic' | 'rolling' | 'both' }
  expectTypeOf<Drift<Options, Wider>>().toEqualTypeOf<'mode'>()
  expectTypeOf<Drift<Wider, Options>>().toEqualTypeOf<'mode'>()
  type Other = Omit<Options, 'mailbox'> & { readonly mailbox?: { readonly size?: number } }
  expectTypeOf<Drift<Options, Other>>().toEqualTypeOf<'mailbox.capacity' | 'mailbox.size'>()
})

test('options of a type that has drifted are not even parsed', () => {
  const parse = null as unknown as typeof parseOptions
  const schema = null as unknown as typeof options.stopSchema
  const complete: { readonly drain?: boolean; readonly timeoutMs?: number } = {}
  parse('stop', schema, complete)
  const more: typeof complete & { readonly force?: boolean } = {}
  // @ts-expect-error an option that the schema does not have
  parse('stop', schema, more)
  const less: Omit<typeof complete, 'drain'> = {}
  // @ts-expect-error an option that the type does not have
  parse('stop', schema, less)
})

test('what is refused where one process is moved, or a save is, does not compile', () => {
  const ref = null as unknown as AnyRef
  const code = null as unknown as AnyCode
  // @ts-expect-error one process is not chosen among others
  void ref.upgrade('v2.ts', { only: 0.5 })
  // @ts-expect-error nor do others wait for it
  void ref.downgrade('v1.ts', { mode: 'rolling' })
  // @ts-expect-error how a save moves the processes is how they are hosted
  code.watch({ mode: 'rolling' })
})

test('each option of each function compiles alone', () => {
  expectTypeOf<{ [Name in Method]: RefusedAlone<Taken[Name]> }[Method]>().toBeNever()
})

test('each way of a move compiles, also where it is only known when it runs', () => {
  const code = null as unknown as AnyCode
  const isTried = true as boolean
  const mode = 'rolling' as 'rolling' | 'atomic'
  void code.upgrade('2', { mode, rehearse: isTried, suspendTimeoutMs: 1 })
  void code.upgrade('2', { mode, maxPauseMs: 5, only: 0.5 })
  void code.upgrade('2', { groupSize: 4, throttleMs: 5, blocked: 'wait', rehearse: isTried })
  void code.rollBack({ mode: 'rolling', groupSize: 1, maxPauseMs: 5 })
  code.watch({ rehearse: isTried, debounceMs: 5 })
  code.watch({ maxPauseMs: 5 })
})

test('an option without effect beside another does not compile', () => {
  const code = null as unknown as AnyCode
  const ref = null as unknown as AnyRef
  // @ts-expect-error all together are no groups
  void code.upgrade('2', { mode: 'atomic', groupSize: 4 })
  // @ts-expect-error nor is there a rest between them
  void code.downgrade('1', { mode: 'atomic', throttleMs: 5 })
  // @ts-expect-error nor one that waits alone
  void code.rollBack({ mode: 'atomic', blocked: 'skip' })
  // @ts-expect-error a budget is for one pause
  void code.upgrade('2', { groupSize: 4, maxPauseMs: 5 })
  // @ts-expect-error what is not tried is not measured
  void code.upgrade('2', { rehearse: false, maxPauseMs: 5 })
  // @ts-expect-error of one process neither
  void ref.upgrade('2', { rehearse: false, maxPauseMs: 5 })
  void ref.upgrade('2', { rehearse: { warm: 5 }, maxPauseMs: 5 })
  void code.upgrade('2', { rehearse: { sample: 5 }, groupSize: 4 })
  void code.upgrade('2', { rehearse: { sample: 5, warm: 5 }, mode: 'atomic' })
  // @ts-expect-error what is not tried is not measured
  void code.upgrade('2', { rehearse: { sample: 5 }, maxPauseMs: 5 })
  // @ts-expect-error one process is no sample
  void ref.upgrade('2', { rehearse: { sample: 5 } })
  // @ts-expect-error an object says for how long
  void ref.upgrade('2', { rehearse: {} })
  // @ts-expect-error nor of a save
  code.watch({ rehearse: false, maxPauseMs: 5 })
  const spawn = null as unknown as Code<AnyDefinition & { init: () => object }>['spawn']
  void spawn({ restart: { policy: 'temporary' } })
  // @ts-expect-error one that is never made anew has no limit
  void spawn({ restart: { policy: 'temporary', maxRestarts: 3 } })
})
