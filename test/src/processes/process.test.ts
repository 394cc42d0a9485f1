import { expect, test } from 'vitest'
import type { Version } from '../../../src/versions/version.ts'
import type { Isolate } from '../../../src/isolates/isolate.ts'
import type { ActivationListener } from '../../../src/isolates/activation-listener.ts'
import type { ThreadExit } from '../../../src/isolates/thread.ts'
import { Overflow } from '../../../src/processes/overflow.ts'
import { Process } from '../../../src/processes/process.ts'
import { NO_SEQUENCE, Outcome } from '../../../src/protocol/wire/messages.ts'
import { ProgressCell, allocateProgress } from '../../../src/protocol/wire/progress.ts'

/** An isolate of which a test says what its thread does. */
class ToldIsolate {
  readonly slots = { load: 1 }
  exit: ThreadExit | undefined
  #activation: ActivationListener | undefined

  admit(activation: ActivationListener): { slot: number; cell: ProgressCell } {
    this.#activation = activation
    return { slot: 0, cell: new ProgressCell(new Int32Array(allocateProgress(1)), 0) }
  }

  deliver(): void {}

  async leave(): Promise<void> {}

  tell(outcome: Outcome): void {
    this.#activation?.onReplies(NO_SEQUENCE, outcome, [undefined], 0, 1)
  }

  end(): void {
    this.exit = { threadId: 1, exitCode: 3, error: undefined }
    this.#activation?.onExit(this.exit)
  }
}

function newProcess(): Process {
  const restart = { policy: 'transient', maxRestarts: 1, withinMs: 1 } as const
  const overflow = new Overflow(10, 'reject')
  const placement = {} as unknown as Process['options']['placement']
  const nobody = {} as ConstructorParameters<typeof Process>[1]
  return new Process({ id: 'p1', name: undefined, args: 1, overflow, placement, restart }, nobody)
}

const limits = { initTimeoutMs: 1000, exitGraceMs: 1000 }

test('the end of a thread that is seen together with the first state is not missed', async () => {
  const [isolate, process] = [new ToldIsolate(), newProcess()]
  const started = process.start(isolate as unknown as Isolate, {} as Version, limits)
  // As it is when the thread's last posts are still unread as it ends.
  isolate.tell(Outcome.Initialised)
  isolate.end()
  await expect(started).rejects.toMatchObject({ code: 'ISOLATE_EXITED' })
  expect(process.lifecycle).toBe('starting')
})
