import type { Change } from '../../src/protocol/definition/definition.ts'
import type { TableKey } from '../../src/protocol/definition/table-mark.ts'
import { checkEntries, checkFields, isFunction, isRecord, refuse } from './field-check.ts'

/** A migration of a whole state, without its types. */
export type LooseChange = (state: unknown, change: Change) => unknown
/** A migration of a single record, without its types. */
export type LooseRecordChange = (value: unknown, key: TableKey, change: Change) => unknown
/** The change of the records of one table: for the table of the same name, or for named ones. */
export type LooseTableStep =
  LooseRecordChange | 'unchanged' | Readonly<Record<string, LooseRecordChange | 'unchanged'>>

/** A migration record by record, without its types. */
export interface LooseRecordStep {
  /** Left out: all tables stay as they are. */
  readonly tables?: Readonly<Record<string, LooseTableStep>>
  /** Of the state without its tables. */
  readonly state?: LooseChange
}

/** Whether a step goes record by record. */
export function isRecordStep(step: unknown): step is LooseRecordStep {
  return isRecord(step)
}

/** @throws MoultError `NOT_A_DEFINITION` */
export function checkSteps(field: string, steps: unknown): void {
  const isStep = (step: unknown): boolean => isRecordChange(step) || isRecord(step)
  checkEntries(field, steps, isStep, "a function, { tables, state } or 'unchanged'")
  for (const [label, step] of Object.entries(steps)) {
    if (isRecord(step)) checkRecordStep(`${field}[${JSON.stringify(label)}]`, step)
  }
}

function checkRecordStep(own: string, step: Record<string, unknown>): void {
  checkFields(own, step, ['tables', 'state'])
  const { tables = {}, state } = step
  if (Object.keys(step).length === 0) refuse(own, "tables, state or both, or 'unchanged'", step)
  if (state !== undefined && !isFunction(state)) refuse(`${own}.state`, 'a function', state)
  const isTableStep = (each: unknown): boolean => isRecordChange(each) || isRecord(each)
  checkEntries(
    `${own}.tables`,
    tables,
    isTableStep,
    "a function, 'unchanged' or an object of tables",
  )
  const fed = new Set<string>()
  for (const [name, to] of Object.entries(tables)) {
    const place = `${own}.tables[${JSON.stringify(name)}]`
    if (isRecord(to)) checkEntries(place, to, isRecordChange, "a function or 'unchanged'")
    for (const target of isRecord(to) ? Object.keys(to) : [name]) {
      if (fed.has(target)) refuse(place, 'tables that no other table goes to', target)
      fed.add(target)
    }
  }
}

function isRecordChange(value: unknown): boolean {
  return isFunction(value) || value === 'unchanged'
}
