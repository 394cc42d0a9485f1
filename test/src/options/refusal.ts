import { expect } from 'vitest'
import {
  callSchema,
  downgradeSchema,
  eventsSchema,
  loadSchema,
  processDowngradeSchema,
  processUpgradeSchema,
  restartSchema,
  rollBackSchema,
  runtimeSchema,
  spawnSchema,
  stopSchema,
  upgradeSchema,
  watchSchema,
} from '../../../src/options/options.ts'
import { parseOptions } from '../../../src/options/parse-options.ts'
import { MoultError } from '../../../src/protocol/errors.ts'

/** The schema of each function that takes options. */
export const schemas = {
  createRuntime: runtimeSchema,
  load: loadSchema,
  spawn: spawnSchema,
  with: callSchema,
  events: eventsSchema,
  upgrade: upgradeSchema,
  downgrade: downgradeSchema,
  'upgrade of one': processUpgradeSchema,
  'downgrade of one': processDowngradeSchema,
  rollBack: rollBackSchema,
  watch: watchSchema,
  restart: restartSchema,
  stop: stopSchema,
}

/** The error that refuses options. */
export function refusal(where: keyof typeof schemas, options: unknown): MoultError {
  try {
    parseOptions(where, schemas[where], options)
  } catch (error) {
    expect(error).toBeInstanceOf(MoultError)
    return error as MoultError
  }
  throw new Error(`${where} accepted ${JSON.stringify(options)}`)
}
