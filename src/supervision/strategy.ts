/**
 * Which children a supervisor makes anew when one has died: Erlang's strategies.
 *
 * - `one-for-one`: that one.
 * - `one-for-all`: all.
 * - `rest-for-one`: that one, and those that were started behind it.
 */
export type Strategy = 'one-for-one' | 'one-for-all' | 'rest-for-one'

/** When a child is made anew: always, where it ended otherwise than by a stop, or never. */
export type ChildRestart = 'permanent' | 'transient' | 'temporary'

/** How a child has ended, as far as its restart goes. */
export type ChildEnd = 'stop' | 'shutdown' | 'death'

/** The children, by their order, that are made anew where the one at `failed` has died. */
export function affectedBy(strategy: Strategy, failed: number, count: number): readonly number[] {
  const from = strategy === 'one-for-all' ? 0 : failed
  const to = strategy === 'one-for-one' ? failed + 1 : count
  return Array.from({ length: to - from }, (_none, at) => from + at)
}

/** What ends with its code has no code to be made of, whatever its restart is. */
export function isRestarted(restart: ChildRestart, end: ChildEnd): boolean {
  if (restart === 'temporary' || end === 'shutdown') return false
  return restart === 'permanent' || end === 'death'
}
