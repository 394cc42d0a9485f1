import { Declared } from '../../src/protocol/bytes/declared.ts'
import { ANOTHER_THREAD, NEXT_VERSION, declaring } from '../../src/protocol/bytes/destination.ts'
import type { Destination } from '../../src/protocol/bytes/destination.ts'
import { whenReady } from '../../src/protocol/promise-like.ts'
import { READ_STATE, otherWay } from '../../src/protocol/definition/contract.ts'
import type {
  Contract,
  StepKind,
  TableMoves,
  UpcastName,
} from '../../src/protocol/definition/contract.ts'
import type {
  LoadContext,
  LogFields,
  ProcessContext,
} from '../../src/protocol/definition/context.ts'
import type { Change } from '../../src/protocol/definition/definition.ts'
import type { Migration } from '../../src/protocol/wire/migration.ts'
import { looseDefinition } from '../definition/loose-definition.ts'
import type { LooseDefinition, LooseLive } from '../definition/loose-definition.ts'
import { eventsOf } from '../definition/event-checks.ts'
import type { DeclaredEvent } from '../definition/event-checks.ts'
import { isRecordStep } from '../definition/loose-step.ts'
import type { LooseRecordStep } from '../definition/loose-step.ts'
import { operationsOf } from '../definition/operations.ts'
import type { Operation } from '../definition/operations.ts'
import { replayedOperation } from '../definition/replayed-operation.ts'
import { streamedOperation } from '../definition/streamed-operation.ts'
import { writtenOperation } from '../definition/written-operation.ts'
import type { RecordChecks } from '../tables/record-migration.ts'
import { proveCloneable } from './state-bytes.ts'
import { recordPath } from '../tables/record-path.ts'
import { checkRecord, validated } from '../definition/schema.ts'
import type { Factories } from '../tables/table-set.ts'
import { tablesOf, withMaps } from '../tables/table-state.ts'

/** Replies with a copy of the state. */
export const readState: Operation = {
  kind: 'call',
  name: 'state',
  handler: withMaps,
  accept: (payload) => payload,
}

/** The one version an isolate has loaded: its contract for main, its functions for the hosts. */
export class Version {
  readonly contract: Contract
  /** Its events, by their names. */
  readonly events: ReadonlyMap<string, DeclaredEvent>
  /** The classes and codecs that it declares. Undefined where there are none. */
  readonly declared: Declared | undefined
  /** Where its states go. */
  readonly toNextVersion: Destination
  /** Where its messages go. */
  readonly toAnotherThread: Destination
  readonly #definition: LooseDefinition
  readonly #operations: readonly Operation[]
  #recordChecks: RecordChecks | undefined
  readonly #told = new Set<string>()
  /** Undefined where it runs in no isolate. */
  #context: LoadContext | undefined

  /** @throws MoultError `NOT_A_DEFINITION` naming the field at fault, what was expected and what came. */
  constructor(exported: unknown, checkStates = false) {
    this.#definition = looseDefinition(exported)
    this.contract = contractOf(this.#definition)
    this.events = eventsOf(this.#definition)
    const { version, classes, codecs } = this.#definition
    this.declared = Declared.of(version, classes, codecs)
    this.toNextVersion = declaring(NEXT_VERSION, this.declared)
    this.toAnotherThread = declaring(ANOTHER_THREAD, this.declared)
    const operations = operationsOf(this.#definition, this.contract.upcasts)
    this.#operations = checkStates
      ? operations.map((each) => checkingStates(each, this.toNextVersion))
      : operations
  }

  operation(number: number): Operation {
    const operation = number === READ_STATE ? readState : this.#operations[number]
    if (operation === undefined && number < READ_STATE) return this.#inOtherWay(number)
    if (operation === undefined) throw new RangeError(`no operation ${number}`)
    return operation
  }

  #inOtherWay(number: number): Operation {
    const asked = otherWay(number)
    const operation = this.#operations[asked.operation]
    if (operation === undefined) throw new RangeError(`no operation ${number}`)
    switch (asked.way) {
      case 'written':
        return writtenOperation(operation)
      case 'streamed':
        return streamedOperation(operation)
      case 'replayed':
        return replayedOperation(operation)
      case 'writtenReplay':
        return replayedOperation(writtenOperation(operation))
    }
  }

  /** Runs the definition's `onLoad`, and warns by the log of the context from then on. */
  async onLoad(context: LoadContext): Promise<void> {
    this.#context = context
    await this.#definition.onLoad?.(context)
  }

  init(args: unknown, context: ProcessContext): unknown {
    return this.#definition.init(args, context)
  }

  /** The context in which it was loaded. Undefined where it runs in no isolate. */
  get context(): LoadContext | undefined {
    return this.#context
  }

  /** What a process of it has beside its state. */
  get live(): LooseLive | undefined {
    return this.#definition.live
  }

  codeChange(old: unknown, change: Change): unknown {
    const step = this.#definition.codeChange[change.from]
    return typeof step === 'function' ? step(old, change) : old
  }

  downgrade(state: unknown, change: Change): unknown {
    const step = this.#definition.downgrade[change.to]
    return typeof step === 'function' ? step(state, change) : state
  }

  /** Makers of its tables. */
  get tables(): Factories {
    return this.#definition.tables
  }

  /** Checks of the values in tables, by the names of their fields. */
  get recordChecks(): RecordChecks {
    this.#recordChecks ??= checksOf(this.#definition.schemas)
    return this.#recordChecks
  }

  /** Checks all records of a state's tables. @throws MoultError `INVALID_STATE` */
  checkRecords(state: unknown): void {
    const checks = this.recordChecks
    if (checks.size === 0) return
    for (const [name, { records }] of tablesOf(state)) records.forEach(checks.get(name) ?? nothing)
  }

  /** The step record by record that a migration runs in this version, if it has one. */
  recordStep({ by, from, to }: Migration): LooseRecordStep | undefined {
    if (by === 'unchanged') return undefined
    const { codeChange, downgrade } = this.#definition
    const step = by === 'codeChange' ? codeChange[from] : downgrade[to]
    return isRecordStep(step) ? step : undefined
  }

  /** Warns, unless it has: of a thousand processes that are moved alike, one line is enough. */
  warnOnce(message: string, fields: LogFields): void {
    if (this.#told.has(message)) return
    this.#told.add(message)
    this.#context?.log.warn(message, fields)
  }

  /**
   * Checks a state by its schema; a promise only where the schema is asynchronous.
   * @throws MoultError `INVALID_STATE`
   */
  checkState(state: unknown): unknown {
    const schema = this.#definition.schemas.state
    if (schema === undefined) return undefined
    return validated(schema, state, { code: 'INVALID_STATE', root: 'state' })
  }
}

/** An operation behind which the state is looked at. */
function checkingStates(operation: Operation, to: Destination): Operation {
  const handler: Operation['handler'] = (state, payload, context) =>
    whenReady(operation.handler(state, payload, context), (reply) => {
      proveCloneable(state, to)
      return reply
    })
  return { ...operation, handler }
}

function checksOf({ tables = {} }: LooseDefinition['schemas']): RecordChecks {
  return new Map(
    Object.entries(tables).map(([name, schema]) => [
      name,
      (value, key) => checkRecord(schema, value, recordPath(name, key)),
    ]),
  )
}

function nothing(): void {
  // This table has no schema of its values.
}

function declares({ classes, codecs }: LooseDefinition): boolean {
  return Object.keys(classes).length > 0 || Object.keys(codecs).length > 0
}

function contractOf(definition: LooseDefinition): Contract {
  const { version, calls, casts, codeChange, downgrade, concurrency, schemas, live } = definition
  const { resumable, checkpoint, handlerTimeoutMs, onHandlerTimeout, replayable } = definition
  const emits = Object.keys(definition.emits)
  const messages = [...Object.values(schemas.calls ?? {}), ...Object.values(schemas.casts ?? {})]
  return {
    version,
    calls: Object.keys(calls),
    casts: Object.keys(casts),
    ...(emits.length > 0 && { emits }),
    codeChange: kindsOf(codeChange),
    downgrade: kindsOf(downgrade),
    ...tableMoves(codeChange, downgrade),
    ...tableNames(definition),
    ...(declares(definition) && { declares: true as const }),
    upcasts: upcastNames(definition),
    ...(schemas.state !== undefined && { checksState: true }),
    checksPayloads: messages.some(({ payload }) => payload !== undefined),
    concurrency,
    ...(resumable.length > 0 && { resumable }),
    ...(handlerTimeoutMs !== undefined && { handlerTimeoutMs }),
    ...(onHandlerTimeout !== undefined && { onHandlerTimeout }),
    ...(live !== undefined && { live: live.exclusive === true ? 'exclusive' : 'shared' }),
    ...(checkpoint !== undefined && { checkpoint }),
    ...(replayable.length > 0 && { replayable }),
  }
}

function tableMoves(
  codeChange: LooseDefinition['codeChange'],
  downgrade: LooseDefinition['downgrade'],
): Pick<Contract, 'tableMoves'> {
  const steps = [...Object.values(codeChange), ...Object.values(downgrade)]
  if (!steps.some(isRecordStep)) return {}
  return { tableMoves: { codeChange: movesOf(codeChange), downgrade: movesOf(downgrade) } }
}

function tableNames({ tables, schemas }: LooseDefinition): Pick<Contract, 'tableNames'> {
  const names = new Set([...Object.keys(tables), ...Object.keys(schemas.tables ?? {})])
  return names.size === 0 ? {} : { tableNames: [...names] }
}

function movesOf(steps: Readonly<Record<string, unknown>>): TableMoves {
  const all = Object.entries(steps).map(([label, step]) => {
    const tables = isRecordStep(step) ? Object.entries(step.tables ?? {}) : []
    const moves = tables.map(([source, to]) => {
      return [source, typeof to === 'object' ? Object.keys(to) : [source]] as const
    })
    return [label, Object.fromEntries(moves)] as const
  })
  return Object.fromEntries(all)
}

function kindsOf(steps: Readonly<Record<string, unknown>>): Record<string, StepKind> {
  return Object.fromEntries(Object.entries(steps).map(([label, step]) => [label, kindOf(step)]))
}

function kindOf(step: unknown): StepKind {
  if (isRecordStep(step)) return 'records'
  return step === 'unchanged' ? 'unchanged' : 'function'
}

function upcastNames({ upcast }: LooseDefinition): UpcastName[] {
  return Object.entries(upcast).flatMap(([from, { calls = {}, casts = {} }]) => [
    ...Object.keys(calls).map((name) => ({ from, kind: 'call' as const, name })),
    ...Object.keys(casts).map((name) => ({ from, kind: 'cast' as const, name })),
  ])
}
