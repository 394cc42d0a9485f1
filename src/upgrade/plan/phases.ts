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

/** Those of an upgrade that tries nothing on copies. */
export const phasesUnrehearsed: readonly Phase[] = phases.filter((phase) => phase !== 'rehearse')

const none = Object.fromEntries(phases.map((phase) => [phase, 0])) as Record<Phase, number>

/** How long each phase took (ms), before any has begun. */
export function noTimes(): Record<Phase, number> {
  return { ...none }
}
