import { parseArgs } from 'node:util'

export interface StressOptions {
  readonly seconds: number
  readonly seed: number
  /** Whether all processes hold graphs, live long and do little but change them. */
  readonly graphs: boolean
  /** Whether to print each operation. */
  readonly trace: boolean
}

/** What the command line says. @throws Error for what it does not understand. */
export function stressOptions(args: readonly string[]): StressOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '10' },
      seed: { type: 'string' },
      graphs: { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
    },
  })
  const seconds = Number(values.seconds)
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
  if (!(seconds > 0)) throw new Error(`--seconds should be a number above 0, not ${values.seconds}`)
  if (!Number.isInteger(seed)) throw new Error(`--seed should be an integer, not ${values.seed}`)
  return { seconds, seed, graphs: values.graphs, trace: values.trace }
}

/** The command that makes the same run again. */
export function command({ seconds, seed, graphs }: StressOptions): string {
  return `npm run stress -- --seconds ${seconds} --seed ${seed}${graphs ? ' --graphs' : ''}`
}
