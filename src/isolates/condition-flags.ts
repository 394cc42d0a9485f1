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
