const isNode20 = process.versions.node.startsWith('20.')
const others = '; Node itself ends by others (measured with Node 20 to 26 on Linux x64)'
const least = 'a number of at least'
const heap = isNode20 ? `${least} 0` : `${least} 3, and of 10 for moult itself${others}`
const range = `a number from 0 to 100000${others}`
const stack = `a number from 0.5, by which messages of 500 levels can be read, to 100000${others}`
const endsNode = isNode20 ? [] : [0, 1, 2]

/** Each limit of a thread, what it should be, and what it is not: what would end Node. */
export const limitRows = [
  [
    'createRuntime',
    'resourceLimits.maxOldGenerationSizeMb',
    heap,
    [-1, '64', NaN, null, ...endsNode],
  ],
  ['createRuntime', 'resourceLimits.maxYoungGenerationSizeMb', `${least} 0`, [-1, '64', NaN]],
  ['createRuntime', 'resourceLimits.codeRangeSizeMb', range, [-1, '64', NaN, Infinity, 1e15]],
  ['createRuntime', 'resourceLimits.stackSizeMb', stack, [-1, '64', NaN, 0, 0.1, 0.49, Infinity]],
] as const
