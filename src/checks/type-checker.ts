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

/** How long (ms) the thread is kept when there is nothing to check: with it go the compiler and the declarations it has read. */
const IDLE_MS = 10_000

type Answer = TypeFaults | CompilerFailure

/** Proves with the project's own TypeScript that a version fits the one before it, in a thread of its own. */
export class TypeChecker {
  readonly #pool = new JobPool({ name: 'the type checker', idleMs: IDLE_MS })

  /**
   * What does not fit, in the order of files and lines; empty when `codeChange` and `downgrade` take and return the states that
   * both versions have, remaining calls and casts take what older callers send and reply with what those expect, and the
   * newer sources have no type error of their own.
   * @throws MoultError `TYPESCRIPT_MISSING`
   */
  async check(request: TypecheckRequest): Promise<readonly TypeFault[]> {
    return (await this.compare(request)).faults
  }

  /** The same, and what the sources say of both versions' contracts. @throws MoultError `TYPESCRIPT_MISSING` */
  async compare(request: TypecheckRequest): Promise<TypeFaults> {
    const result = (await this.#pool.run('typecheck', request)) as Answer
    if (result.kind === 'no-compiler') throw noCompiler(result)
    return result
  }

  /**
   * What the older version's type says of its states; undefined where its definition cannot be followed.
   * @throws MoultError `TYPESCRIPT_MISSING`
   */
  async stateShape(request: TypecheckRequest): Promise<StateShape | undefined> {
    const answer: unknown = await this.#pool.run('typedState', request)
    const result = answer as TypedState | CompilerFailure
    if (result.kind === 'no-compiler') throw noCompiler(result)
    return result.shape
  }

  /** Ends the thread. A check that runs is given up. */
  async close(): Promise<void> {
    await this.#pool.close()
  }
}

function noCompiler({ message, received }: CompilerFailure): MoultError {
  const expected = 'the package typescript, from 5.4 to 6'
  return new MoultError('TYPESCRIPT_MISSING', message, { expected, received })
}
