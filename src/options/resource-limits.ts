import * as v from 'valibot'
import { MAX_MESSAGE_DEPTH } from '../protocol/bytes/destination.ts'

// Node itself ends where it starts a thread under some limits. What was seen on Linux x64 with Node 20.20, 22, 24, 26:
// - A stack of up to 0.24 MB ends Node, one of 0.25 MB the thread; 0.28 MB are enough. One of 10^15 MB ends Node, too.
//   With 0.3 MB a thread cannot read a message that is nested 200 levels deep, with 0.4 MB one of 400, and loses it with
//   all that came in one post with it. With 0.5 MB it reads all that may be sent.
// - An old generation of up to 2 MB ends Node from 22 on, one of 3 MB the thread. moult itself needs 7 MB on 20, and 10
//   MB from 22 on.
// - A range for code of 10^15 MB ends Node 26; 0.01 MB and 100,000 MB are taken by all.
// - Of a young generation nothing does.

const V8 = Number.parseInt(process.versions.v8, 10)
const LEAST_STACK = 0.5
const LEAST_OLD_GENERATION = V8 < 12 ? 0 : 3
const MOST = 100_000

const because = '; Node itself ends by others (measured with Node 20 to 26 on Linux x64)'
const upwards = 'a number of at least'
const oldGeneration =
  LEAST_OLD_GENERATION === 0
    ? `${upwards} 0`
    : `${upwards} ${LEAST_OLD_GENERATION}, and of 10 for moult itself${because}`
const stack = `a number from ${LEAST_STACK}, by which messages of ${MAX_MESSAGE_DEPTH} levels can be read, to ${MOST}${because}`

/** The limits of each thread, in MB. */
export const resourceLimits = {
  maxOldGenerationSizeMb: megabytes(LEAST_OLD_GENERATION, Infinity, oldGeneration),
  maxYoungGenerationSizeMb: megabytes(0, Infinity, `${upwards} 0`),
  codeRangeSizeMb: megabytes(0, MOST, `a number from 0 to ${MOST}${because}`),
  stackSizeMb: megabytes(LEAST_STACK, MOST, stack),
}

function megabytes(least: number, most: number, expected: string) {
  return v.optional(v.message(v.pipe(v.number(), v.minValue(least), v.maxValue(most)), expected))
}
