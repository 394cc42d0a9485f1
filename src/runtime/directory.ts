import type { CodeLine } from '../code/code-line.ts'
import type { Placement } from '../versions/placement.ts'
import { ProcessRef } from './process-ref.ts'
import type { RefParts } from './process-ref.ts'
import type { Process } from '../processes/process.ts'
import type { AnyDefinition } from '../protocol/definition/definition.ts'

/** The code of each process, and the reference to the process. */
export class Directory {
  readonly #refs = new Map<Process, ProcessRef<AnyDefinition>>()
  /** The shared parts of references, by the placement of the code. */
  readonly #lines = new Map<Placement, RefParts>()
  readonly #shared: Omit<RefParts, 'line'>

  /** `shared` are the parts that references of all codes have in common. */
  constructor(shared: Omit<RefParts, 'line'>) {
    this.#shared = shared
  }

  add(process: Process, line: CodeLine): ProcessRef<AnyDefinition> {
    const parts = this.begin(line)
    const ref = new ProcessRef<AnyDefinition>(process, parts)
    line.processes.add(process)
    this.#refs.set(process, ref)
    return ref
  }

  /** From now on the code of its processes is known, also of those that make their first state. */
  begin(line: CodeLine): RefParts {
    const known = this.#lines.get(line.placement)
    if (known !== undefined) return known
    const parts = { ...this.#shared, line }
    this.#lines.set(line.placement, parts)
    line.onUnload.add(() => this.#lines.delete(line.placement))
    return parts
  }

  /** False when the process was unknown. */
  remove(process: Process): boolean {
    const line = this.line(process)
    line?.processes.delete(process)
    line?.pinned.delete(process)
    return this.#refs.delete(process)
  }

  ref(process: Process): ProcessRef<AnyDefinition> | undefined {
    return this.#refs.get(process)
  }

  line({ options }: Process): CodeLine | undefined {
    return this.#lines.get(options.placement)?.line
  }
}
