import { READ_STATE } from '../src/protocol/contract.ts'
import type { Contract, UpcastName } from '../src/protocol/contract.ts'
import type { LoadContext, ProcessContext } from '../src/protocol/context.ts'
import type { Change } from '../src/protocol/definition.ts'
import { looseDefinition } from './loose-definition.ts'
import type { LooseDefinition } from './loose-definition.ts'
import { operationsOf } from './operations.ts'
import type { Operation } from './operations.ts'
import { validated } from './schema.ts'

const readState: Operation = {
  kind: 'call',
  handler: (state) => state,
  accept: (payload) => payload,
}

/** The one version an isolate has loaded: its contract for main, its functions for the hosts. */
export class Version {
  readonly contract: Contract
  readonly #definition: LooseDefinition
  readonly #operations: readonly Operation[]

  /** @throws MoultError `NOT_A_DEFINITION` naming the field at fault, what was expected and what came. */
  constructor(exported: unknown) {
    this.#definition = looseDefinition(exported)
    this.contract = contractOf(this.#definition)
    this.#operations = operationsOf(this.#definition, this.contract.upcasts)
  }

  operation(number: number): Operation {
    const operation = number === READ_STATE ? readState : this.#operations[number]
    if (operation === undefined) throw new RangeError(`no operation ${number}`)
    return operation
  }

  async onLoad(context: LoadContext): Promise<void> {
    await this.#definition.onLoad?.(context)
  }

  init(args: unknown, context: ProcessContext): unknown {
    return this.#definition.init(args, context)
  }

  codeChange(old: unknown, change: Change): unknown {
    const step = this.#definition.codeChange[change.from]
    return typeof step === 'function' ? step(old, change) : old
  }

  downgrade(state: unknown, change: Change): unknown {
    const step = this.#definition.downgrade[change.to]
    return step === undefined ? state : step(state, change)
  }

  /** Checks a state by its schema; a promise only where the schema is asynchronous. @throws MoultError `INVALID_STATE` */
  checkState(state: unknown): unknown {
    const schema = this.#definition.schemas.state
    if (schema === undefined) return undefined
    return validated(schema, state, { code: 'INVALID_STATE', root: 'state' })
  }
}

function contractOf(definition: LooseDefinition): Contract {
  const { version, calls, casts, codeChange, downgrade, concurrency, schemas } = definition
  const steps = Object.entries(codeChange)
  const messages = [...Object.values(schemas.calls ?? {}), ...Object.values(schemas.casts ?? {})]
  return {
    version,
    calls: Object.keys(calls),
    casts: Object.keys(casts),
    codeChange: Object.fromEntries(
      steps.map(([from, step]) => [from, step === 'unchanged' ? 'unchanged' : 'function']),
    ),
    downgrade: Object.keys(downgrade),
    upcasts: upcastNames(definition),
    checksPayloads: messages.some(({ payload }) => payload !== undefined),
    concurrency,
  }
}

function upcastNames({ upcast }: LooseDefinition): UpcastName[] {
  return Object.entries(upcast).flatMap(([from, { calls = {}, casts = {} }]) => [
    ...Object.keys(calls).map((name) => ({ from, kind: 'call' as const, name })),
    ...Object.keys(casts).map((name) => ({ from, kind: 'cast' as const, name })),
  ])
}
