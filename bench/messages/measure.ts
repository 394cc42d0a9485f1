import { roundRobin } from '../round-robin.ts'
import { median, pairedRatio, summarise } from '../statistics.ts'
import type { Summary } from '../statistics.ts'
import { openComlink } from './comlink.ts'
import { openMoult } from './moult.ts'
import { openPiscina } from './piscina.ts'
import { openPromised } from './promised.ts'
import { openRaw } from './raw.ts'
import type { Subject } from './subject.ts'

/** What is sent. */
const payloads = { number: 1, object: { id: 7, name: 'a small object', amount: 12.5 } }
/** How many messages make one sample, so that a sample takes some tens of milliseconds. */
const SEQUENTIAL = 300
const PIPELINED = 10_000
const ONE_WAY = 50_000
const PER_TICK = 1_000

type Payload = keyof typeof payloads

/** One way of using a thread. */
interface Discipline {
  readonly name: string
  readonly unit: 'ms' | 'messages/s'
  /** The values of one sample: durations of round trips, or one rate. Undefined where the subject cannot do that. */
  readonly sample: (subject: Subject) => Promise<Iterable<number> | undefined>
}

/** How one variant did in one discipline. */
export interface MessageResult {
  readonly discipline: string
  readonly unit: Discipline['unit']
  readonly variant: string
  /** Of all round trips, or of all samples' rates. */
  readonly summary: Summary
  /** How many times raw `postMessage`: median over the rounds. */
  readonly ratio: number
}

function roundTrip(payload: Payload): Discipline {
  return {
    name: `round trip, ${payload}`,
    unit: 'ms',
    sample: (subject) => subject.sequential(SEQUENTIAL, payloads[payload]),
  }
}

function pipelined(outstanding: number, payload: Payload): Discipline {
  return {
    name: `pipelined calls, ${outstanding} outstanding, ${payload}`,
    unit: 'messages/s',
    sample: (subject) =>
      rate(PIPELINED, () => subject.pipelined(PIPELINED, outstanding, payloads[payload])),
  }
}

const disciplines: readonly Discipline[] = [
  roundTrip('number'),
  roundTrip('object'),
  pipelined(64, 'number'),
  pipelined(64, 'object'),
  pipelined(1_000, 'number'),
  pipelined(1_000, 'object'),
  {
    name: 'one-way messages, number',
    unit: 'messages/s',
    sample: async (subject) =>
      subject.oneWay && rate(ONE_WAY, () => subject.oneWay!(ONE_WAY, PER_TICK)),
  },
]

async function rate(count: number, work: () => Promise<void>): Promise<[number]> {
  const began = performance.now()
  await work()
  return [(count / (performance.now() - began)) * 1000]
}

/** Round trips and throughput to one thread. */
export async function measureMessages(quick: boolean): Promise<MessageResult[]> {
  const subjects = await Promise.all([
    openRaw(),
    openMoult(),
    openPromised(),
    openPiscina(),
    openComlink(),
  ])
  const results: MessageResult[] = []
  try {
    for (const discipline of disciplines) {
      results.push(...(await measure(discipline, subjects, quick ? 3 : 40)))
    }
  } finally {
    await Promise.all(subjects.map((subject) => subject.close()))
  }
  return results
}

async function measure(
  discipline: Discipline,
  subjects: readonly Subject[],
  rounds: number,
): Promise<MessageResult[]> {
  const samples = new Map<Subject, number[][]>()
  // The first rounds only warm the code up.
  await roundRobin(3, subjects, async (subject) => {
    await discipline.sample(subject)
  })
  await roundRobin(rounds, subjects, async (subject) => {
    const sample = await discipline.sample(subject)
    if (sample === undefined) return
    samples.set(subject, [...(samples.get(subject) ?? []), [...sample]])
  })
  const typical = (subject: Subject): number[] => samples.get(subject)!.map(median)
  const baseline = typical(subjects[0]!)
  return [...samples].map(([subject, values]) => ({
    discipline: discipline.name,
    unit: discipline.unit,
    variant: subject.name,
    summary: summarise(values.flat()),
    ratio: pairedRatio(typical(subject), baseline),
  }))
}
