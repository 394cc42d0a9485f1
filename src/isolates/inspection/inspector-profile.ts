import type { Session } from 'node:inspector'
import { setTimeout as pause } from 'node:timers/promises'
import { Deferred } from '../../protocol/deferred.ts'
import { withDeadline } from '../../timing/deadline.ts'
import type { CpuProfile } from './cpu-profile.ts'

/** How often (µs) the profiler looks. */
const INTERVAL_US = 1000

/** An answer of a thread's inspector, or an event. */
interface FromInspector {
  readonly id?: number
  readonly result?: { readonly profile?: CpuProfile }
  readonly error?: { readonly message: string }
}

/**
 * A profile of another thread by a session of main's own inspector, for versions of Node whose `Worker` makes none. V8
 * answers the inspector amid a loop, too. The session is with all threads of the program for as long as it lasts.
 * @throws where Node was built without an inspector, and what the inspector answers
 */
export async function profileByInspector(
  threadId: number,
  ms: number,
  signal: AbortSignal,
): Promise<CpuProfile | undefined> {
  const inspector = await import('node:inspector')
  const session = new inspector.Session()
  session.connect()
  try {
    return await new ThreadSession(session, threadId, signal).profile(ms)
  } finally {
    session.post('NodeWorker.disable')
    session.disconnect()
  }
}

/** The inspector of one thread, within a session of main's. */
class ThreadSession {
  readonly #session: Session
  readonly #attached = new Deferred<string>()
  readonly #answers = new Map<number, Deferred<FromInspector>>()
  readonly #signal: AbortSignal
  #last = 0

  constructor(session: Session, threadId: number, signal: AbortSignal) {
    this.#session = session
    this.#signal = signal
    session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
      // Its id is the inspector's own: only the title names the thread.
      if (/^\[worker (\d+)\]/.exec(workerInfo.title)?.[1] === String(threadId))
        this.#attached.resolve(sessionId)
    })
    session.on('NodeWorker.receivedMessageFromWorker', ({ params: { message } }) => {
      const answer = JSON.parse(message) as FromInspector
      if (answer.id !== undefined) this.#answers.get(answer.id)?.resolve(answer)
    })
  }

  async profile(ms: number): Promise<CpuProfile | undefined> {
    this.#session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
    await this.#ask('Profiler.enable')
    await this.#ask('Profiler.setSamplingInterval', { interval: INTERVAL_US })
    await this.#ask('Profiler.start')
    await pause(ms, undefined, { signal: this.#signal })
    const { result } = await this.#ask('Profiler.stop')
    return result?.profile
  }

  async #ask(method: string, params: object = {}): Promise<FromInspector> {
    const sessionId = await this.#unlessAborted(this.#attached.promise)
    const id = ++this.#last
    const answer = new Deferred<FromInspector>()
    this.#answers.set(id, answer)
    const message = JSON.stringify({ id, method, params })
    this.#session.post('NodeWorker.sendMessageToWorker', { sessionId, message })
    const given = await this.#unlessAborted(answer.promise)
    if (given.error !== undefined) throw new Error(given.error.message)
    return given
  }

  #unlessAborted<Value>(work: Promise<Value>): Promise<Value> {
    return withDeadline(work, { signal: this.#signal })
  }
}
