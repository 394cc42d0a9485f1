import { phases } from '../../src/upgrade/plan/phases.ts'

/** Those that a failure may come from. At `unload` the new version serves already. */
export const undoablePhases = phases.filter((phase) => phase !== 'unload')
