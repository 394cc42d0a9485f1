import type {
  CompilerFailure,
  TypecheckRequest,
  TypedState,
} from '../../src/protocol/jobs/typecheck.ts'
import { NoCompiler } from './compiler.ts'
import { shapeOfType } from './state-shape.ts'
import { createTypeProgram } from './type-program.ts'

/**
 * The job that reads the shape of the older version's states from their type; undefined where the definition cannot be
 * followed. A Piscina task for the pool of type checks, whose thread has the compiler.
 */
export default function typedState(request: TypecheckRequest): TypedState | CompilerFailure {
  try {
    const { ts, checker, older } = createTypeProgram(request)
    const state = older.definition?.state
    return { kind: 'shape', shape: state && shapeOfType(ts, checker, state) }
  } catch (error) {
    if (!(error instanceof NoCompiler)) throw error
    return { kind: 'no-compiler', received: error.received, message: error.message }
  }
}
