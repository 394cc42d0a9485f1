import { lean } from '../../support/project.ts'

const lib = `
const schema = (validate) => ({ '~standard': { version: 1, vendor: 'test', validate } })
export const is = (fits) =>
  schema((value) => (fits(value) ? { value } : { issues: [{ message: 'another value' }] }))
`

const first = `import { event } from 'moult'
import { is } from './lib.js'
const isNumber = (value) => typeof value === 'number'
export default {
  version: '1.0.0',
  init: async (given, { services }) => {
    await services.init()
    if (given === 'fail') throw new RangeError('init says no')
    return given ?? { n: 0 }
  },
  calls: {
    echo: (_state, payload) => payload,
    hold: (_state, gate, { services }) => services.gates.pass(gate),
    die: () => process.exit(3),
    ask: (_state, to, context) => context.call(to, 'echo', 1),
    askSelf: (_state, _payload, context) => context.call(context.self.id, 'echo', 1),
    service: (_state, _payload, { services }) => services.clock.now(),
    replyFunction: () => ({ rows: [() => 1] }),
    spoil: (state, n) => { if (n === undefined) state.callback = () => 1; else state.n = n },
    replyText: () => 'seven',
    square: (_state, n) => n * n,
    link: (_state, to, context) => context.link(to),
    askBack: (_state, by, context) => context.call(by, 'ask', context.self.name),
    async *drip() {
      for (;;) yield 1
    },
    tellTwice: (_state, _none, { emit }) => [1, 2].forEach((each) => emit('told', each)),
  },
  emits: { told: event() },
  resumable: ['drip'],
  schemas: {
    state: is(({ n }) => n !== 'bad'),
    calls: { square: { payload: is(isNumber) }, replyText: { reply: is(isNumber) } },
  },
}
`

/** A version whose steps do what \`extra\` says, and that cannot read the messages \`square\` and \`echo\` of the one before it. */
const second = `
const calls = 'echo hold die ask askSelf service replyFunction spoil replyText square link askBack tellTwice drip'.split(' ')
export default {
  version: '2.0.0',
  init: () => ({ n: 0 }),
  codeChange: {
    '1.0.0': (old, { extra }) => {
      if (extra === 'throw') throw new RangeError('2.0.0 says no')
      return extra === 'never' ? new Promise(() => undefined) : old
    },
  },
  downgrade: { '1.0.0': () => { throw new RangeError('there is no way back') } },
  emits: { told: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } } },
  calls: Object.fromEntries(calls.map((name) => [name, (_state, payload) => payload])),
  upcast: { '1.0.0': { calls: { echo: () => { throw new RangeError('no translation') } } } },
}
`

const plain = (version: string, fields: string): string =>
  `export default { version: '${version}', init: () => ({ n: 0 }), ${fields} }\n`

const typed = (version: string, fields: string): string => `import { defineProcess } from 'moult'
export default defineProcess({
  version: '${version}',
  init: () => ({ n: 0 }),
  ${fields}
})
`

/** What errors are made of: the files of a project. */
export const programs = {
  'package.json': '{ "type": "module" }',
  'lib.js': lib,
  'v1.js': first,
  'v1-edited.js': first.replace("'seven'", "'eight'"),
  'v2.js': second,
  'v2-removed.js': plain('2.0.0', "codeChange: { '1.0.0': 'unchanged' }"),
  'v2-unlinked.js': plain('2.0.0', ''),
  'v2-open.js': plain(
    '2.0.0',
    "codeChange: { '1.0.0': 'unchanged' }, live: { open: () => { throw new RangeError('no index') } }",
  ),
  'v1-declared.js': `class Money { cents = 1 }
    export default {
      version: '1.0.0',
      classes: { Money },
      codecs: {
        url: {
          is: (value) => value instanceof URL,
          encode: () => { throw new RangeError('no such place') },
          decode: (href) => new URL(href),
        },
      },
      init: (field) => ({ [field]: field === 'money' ? new Money() : new URL('http://a/') }),
    }`,
  'v1-save.js': plain(
    '1.0.0',
    'live: { open: () => 1, save: async () => 1 }, calls: { a: () => 1 }',
  ),
  'v2-on-load.js': plain('2.0.0', "onLoad: () => { throw new RangeError('not here') }"),
  'import.js': `import './gone.js'\n${plain('1.0.0', '')}`,
  'syntax.js': 'export default {\n  version: ]\n}\n',
  'nothing.js': 'export const nothing = 1\n',
  'throws.js': `throw new RangeError('not today')\n${plain('1.0.0', '')}`,
  'endless.js': `await new Promise(() => setInterval(() => undefined, 1000))\n${plain('1.0.0', '')}`,
  ...lean,
  'typed-v1.ts': typed('1.0.0', ''),
  'typed-v2.ts': typed('2.0.0', "codeChange: { '1.0.0': (old: { n: string }) => ({ n: 1 }) },"),
  'old/package.json': '{}',
  'old/v1.js': plain('1.0.0', ''),
  'old/v2.js': plain('2.0.0', "codeChange: { '1.0.0': 'unchanged' }"),
  'old/node_modules/typescript/package.json': '{ "main": "index.js" }',
  'old/node_modules/typescript/index.js': `exports.version = '5.3.3'\n`,
}
