/** What is done for all processes together, one after the other. */
export const phases = [
  'open',
  'rehearse',
  'audit',
  'copy',
  'suspend',
  'transfer',
  'resume',
  'probation',
  'unload',
] as const
/** One of {@link phases}. */
export type Phase = (typeof phases)[number]

/** Phases that an upgrade may do without. */
const optional: ReadonlySet<Phase> = new Set<Phase>(['rehearse', 'probation'])

/** The phases of an upgrade that has only these of the optional ones. */
export function phasesWith(asked: readonly Phase[]): readonly Phase[] {
  return phases.filter((phase) => !optional.has(phase) || asked.includes(phase))
}

const none = Object.fromEntries(phases.map((phase) => [phase, 0])) as Record<Phase, number>

/** How long each phase took (ms), before any has begun. */
export function noTimes(): Record<Phase, number> {
  return { ...none }
}
