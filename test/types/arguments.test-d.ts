import type {
  AnyDefinition,
  Code,
  Definition,
  ProcessContext,
  ProcessRef,
  Runtime,
  Watch,
} from 'moult'
import { createRuntime } from 'moult'
import { test } from 'vitest'

declare const runtime: Runtime
declare const code: Code<AnyDefinition>
declare const watch: Watch
declare const context: ProcessContext
declare const ref: ProcessRef<
  Definition<
    object,
    undefined,
    { add: (state: object, by: number) => number },
    { note: (state: object) => void }
  >
>

test('what is given beside the arguments of a function does not compile', () => {
  // @ts-expect-error an argument too many: createRuntime
  void createRuntime({}, 1)
  // @ts-expect-error an argument too many: load
  void runtime.load('a.ts', {}, 1)
  // @ts-expect-error an argument too many: whereis
  runtime.whereis('a', 1)
  // @ts-expect-error an argument too many: processes
  runtime.processes(1)
  // @ts-expect-error an argument too many: watch
  runtime.watch({}, 1)
  // @ts-expect-error an argument too many: close
  void runtime.close({}, 1)
  // @ts-expect-error an argument too many: upgrade
  void code.upgrade('a', {}, 1)
  // @ts-expect-error an argument too many: rollBack
  void code.rollBack({}, 1)
  // @ts-expect-error an argument too many: versions
  void code.versions(1)
  // @ts-expect-error an argument too many: unload
  void code.unload({}, 1)
  // @ts-expect-error an argument too many: call
  void ref.call('add', 1, 2)
  // @ts-expect-error an argument too many: cast
  ref.cast('note', 1)
  // @ts-expect-error an argument too many: state
  void ref.state(1)
  // @ts-expect-error an argument too many: close
  void watch.close(1)
  // @ts-expect-error an argument too many: call
  void context.call('one', 'add', 1, { timeoutMs: 5 })
  // @ts-expect-error an argument too many: cast
  context.cast('one', 'add', 1, 2)
  // @ts-expect-error an argument too many: upgradeSelf
  context.upgradeSelf('9')
  // @ts-expect-error an argument too many: letGo
  context.letGo(1)
  // @ts-expect-error an argument too many: after
  context.after(1, 'add', 1, { name: 'one' }, 2)
  // @ts-expect-error no such option: every
  context.every(1, 'add', 1, { timeZone: 'UTC' })
  // @ts-expect-error no such policy: cron
  context.cron('@daily', 'add', 1, { late: 'never' })
  // @ts-expect-error there is no event
  context.emit('moved')
  // @ts-expect-error an argument too many: cancel
  context.cancel('one', 'two')
})

test('a name that is no event does not compile, and a listener knows its event', () => {
  // @ts-expect-error a misspelt event: on
  runtime.on('upgrded', () => undefined)
  // @ts-expect-error a misspelt event: once
  runtime.once('error', () => undefined)
  // @ts-expect-error a misspelt event: off
  watch.off('crashed', () => undefined)
  runtime.on('upgraded', ({ pauseMs }) => pauseMs.toFixed())
  watch.on('failed', ({ error, codeName }) => [error.message, codeName.length])
})
