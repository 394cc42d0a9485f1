/** What is done for all processes together, one after the other. */
export const phases = [
  'open',
  'rehearse',
  'audit',
  'copy',
  'suspend',
  'transfer',
  'resume',
  'unload',
] as const
/** One of {@link phases}. */
export type Phase = (typeof phases)[number]

/** Those that a failure may come from. At `unload` the new version serves already. */
export const undoablePhases: readonly Phase[] = phases.filter((phase) => phase !== 'unload')

const none = Object.fromEntries(phases.map((phase) => [phase, 0])) as Record<Phase, number>

/** How long each phase took (ms), before any has begun. */
export function noTimes(): Record<Phase, number> {
  return { ...none }
}
