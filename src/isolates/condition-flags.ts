/**
 * The flags of a thread, with some of its own. Threads run plain JavaScript: loaders of the main thread (tsx, …) would
 * only slow their start. V8's flags hold for all threads anyway. Where the Node process is restricted, its flags are
 * inherited: with others a thread would be free.
 */
export function threadFlags(
  own: readonly string[],
  { permission, execArgv }: Partial<typeof process> = process,
): string[] | undefined {
  if (own.length === 0 && permission !== undefined) return undefined
  return [...conditionFlags(execArgv ?? []), ...own]
}

/**
 * The flags of a command line by which Node finds packages (`-C`): a thread is to find those that main finds. What stands
 * in NODE_OPTIONS reaches threads by itself.
 */
export function conditionFlags(execArgv: readonly string[]): string[] {
  return execArgv.flatMap((flag, at) => {
    const [, joined] = /^(?:-C|--conditions)=(.*)$/s.exec(flag) ?? []
    const isAlone = flag === '-C' || flag === '--conditions'
    const condition = joined ?? (isAlone ? execArgv[at + 1] : undefined)
    return condition === undefined ? [] : [`--conditions=${condition}`]
  })
}
