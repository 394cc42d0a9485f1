import { JobPool } from '../isolates/job-pool.ts'
import { MoultError } from '../protocol/errors.ts'
import type {
  CompilerFailure,
  TypecheckRequest,
  TypeFault,
  TypeFaults,
  TypedState,
} from '../protocol/jobs/typecheck.ts'
import type { StateShape } from '../protocol/jobs/state-shape.ts'

/** How long (ms) an idle thread is kept. The compiler and the declarations that it has read end with it. */
const IDLE_MS = 10_000

type Answer = TypeFaults | CompilerFailure

/** Proves with the project's own TypeScript that a version fits the one before it, in a thread of its own. */
export class TypeChecker {
  readonly #pool = new JobPool({ name: 'the type checker', idleMs: IDLE_MS })

  /**
   * What does not fit, in the order of files and lines. Empty when all of this holds:
   *
   * - `codeChange` and `downgrade` take and return the states of both versions.
   * - Remaining calls and casts take what older callers send, and reply with what these expect. So do events.
   * - The newer sources have no type error of their own.
   * @throws MoultError `TYPESCRIPT_MISSING`, `ISOLATE_START_FAILED`, `LOAD_TIMEOUT`, `RUNTIME_CLOSED`
   */
  async check(request: TypecheckRequest): Promise<readonly TypeFault[]> {
    return (await this.compare(request)).faults
  }

  /**
   * The faults of {@link check}, and the contracts of both versions as their sources declare them.
   * @throws MoultError `TYPESCRIPT_MISSING`, `ISOLATE_START_FAILED`, `LOAD_TIMEOUT`, `RUNTIME_CLOSED`
   */
  async compare(request: TypecheckRequest): Promise<TypeFaults> {
    const result = (await this.#pool.run('typecheck', request)) as Answer
    if (result.kind === 'no-compiler') throw noCompiler(result)
    return result
  }

  /**
   * The shape of the older version's states by their type; undefined where its definition cannot be followed.
   * @throws MoultError `TYPESCRIPT_MISSING`, `ISOLATE_START_FAILED`, `LOAD_TIMEOUT`, `RUNTIME_CLOSED`
   */
  async stateShape(request: TypecheckRequest): Promise<StateShape | undefined> {
    const answer: unknown = await this.#pool.run('typedState', request)
    const result = answer as TypedState | CompilerFailure
    if (result.kind === 'no-compiler') throw noCompiler(result)
    return result.shape
  }

  /** Ends the thread, and with it a check that runs. */
  async close(): Promise<void> {
    await this.#pool.close()
  }
}

function noCompiler({ message, received }: CompilerFailure): MoultError {
  const expected = 'the package typescript, from 5.4 to 6'
  return new MoultError('TYPESCRIPT_MISSING', message, { expected, received })
}
