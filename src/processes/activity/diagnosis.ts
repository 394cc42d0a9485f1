import { setImmediate as turn } from 'node:timers/promises'
import type { CodeFrame } from '../../isolates/inspection/cpu-profile.ts'
import type { Isolate } from '../../isolates/isolate.ts'
import { withDeadline } from '../../timing/deadline.ts'
import type { Bundler } from '../../versions/bundler.ts'
import type { Image } from '../../versions/image.ts'
import { Activation } from '../activation.ts'
import type { OpenCalls } from '../open-calls.ts'
import { Process } from '../process.ts'
import { activityOf, inWords } from './activity.ts'
import type { Activity } from './activity.ts'
import { stackFrame, userFrames } from './own-frames.ts'
import type { StackFrame } from './own-frames.ts'
import { Sightings } from './sightings.ts'

/** How long (ms) a thread may take to answer; then it is held. */
const HELD_MS = 100
/** How long (ms) it may take to find the functions that hold it. */
const FIND_MS = 1_000
/** How long (ms) it may take to find their places in the sources. */
const LOCATE_MS = 1_000

/** What holds a thread, or why that is not known. */
interface ThreadActivity {
  /** Whether its thread does not come to read its messages. Undefined where it has no thread. */
  readonly isThreadHeld: boolean | undefined
  /** The process that has the thread, where it is held: another one, where several share it. Absent where none has it. */
  readonly heldBy?: string
  /** The functions that hold the thread, the innermost first. Undefined where there is no such function. */
  readonly stack: readonly StackFrame[] | undefined
  /** Why there is no stack. Undefined where there is one. */
  readonly reason: string | undefined
}

/** What a process does now. */
export interface ProcessActivity extends Activity, ThreadActivity {
  /** All of it in a sentence. */
  readonly text: string
}

/** Finds out what processes do. It costs nothing while nobody asks. */
export class Diagnosis {
  readonly #openCalls: OpenCalls
  readonly #bundler: Pick<Bundler, 'locate'>
  /** When messages and calls were first seen. */
  readonly sightings = new Sightings()

  constructor(openCalls: OpenCalls, bundler: Pick<Bundler, 'locate'>) {
    this.#openCalls = openCalls
    this.#bundler = bundler
  }

  /** What main knows. */
  activityOf(process: Process): Activity {
    return activityOf(process, this.#openCalls, this.sightings)
  }

  /** The same, and what its thread does. Takes about two seconds at most. */
  async why(process: Process): Promise<ProcessActivity> {
    const thread = await this.#threadActivity(process)
    const activity = this.activityOf(process)
    return { ...activity, ...thread, text: textOf(activity, thread) }
  }

  async #threadActivity({ activation }: Process): Promise<ThreadActivity> {
    if (activation === undefined || activation.hasLeft || activation.exit !== undefined)
      return { isThreadHeld: undefined, stack: undefined, reason: 'it has no thread' }
    const { isolate, version, cell } = activation
    // What was sent in this turn is on its way only then.
    await turn()
    const { inspection } = isolate
    const isHeld =
      (await inspection.isHeld(HELD_MS)) ||
      // It may have begun behind the answer.
      (cell.isHandling && inspection.slot !== undefined && (await inspection.isHeld(HELD_MS)))
    if (!isHeld) {
      const reason = 'its thread is free: no function holds it'
      return { isThreadHeld: false, stack: undefined, reason }
    }
    const heldBy = holderOf(isolate)
    const { frames, reason = 'its thread runs no JavaScript' } = await inspection.find(FIND_MS)
    const own = userFrames(frames)
    const held = { isThreadHeld: true, ...(heldBy !== undefined && { heldBy }) }
    if (own.length === 0) return { ...held, stack: undefined, reason }
    const stack = await this.#located(version.image, own)
    return { ...held, stack, reason: undefined }
  }

  /** In the user's sources, as far as they are found in time. */
  async #located(image: Image, frames: readonly CodeFrame[]): Promise<readonly StackFrame[]> {
    const inImage = frames.filter(({ url }) => url === image.url)
    const locating = withDeadline(this.#bundler.locate(image, inImage), { timeoutMs: LOCATE_MS })
    const found = await locating.catch(() => [])
    return frames.map((frame) => stackFrame(frame, found[inImage.indexOf(frame)] ?? undefined))
  }
}

function holderOf({ inspection, slots }: Isolate): string | undefined {
  const { slot } = inspection
  const activation = slot === undefined ? undefined : slots.activation(slot)
  const process = activation instanceof Activation ? activation.process : undefined
  return process instanceof Process ? process.label : undefined
}

function textOf(activity: Activity, { isThreadHeld, heldBy, stack }: ThreadActivity): string {
  const text = `${activity.process}: ${inWords(activity)}`
  if (isThreadHeld !== true) return text
  const by = heldBy === undefined || heldBy === activity.process ? '' : ` by ${heldBy}`
  const [frame] = stack ?? []
  return `${text}; its thread is held${by}${frame === undefined ? '' : ` in ${placeOf(frame)}`}`
}

/** Such as `spin (/project/counter.ts:12:5)`. */
function placeOf({ function: name, file, line, column }: StackFrame): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  return `${name === '' ? 'a function' : name} (${place})`
}
