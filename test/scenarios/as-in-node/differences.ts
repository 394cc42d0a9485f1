import { main } from './row.ts'
import type { Row } from './row.ts'

const row = (
  name: string,
  expected: unknown,
  it: string,
  imports: string,
  files: Row['files'] = {},
): Row => ({ name, expected, files: { 'main.mjs': main(it, imports), ...files } })

/** What is not as in Node. The page on versions lists it; each row says what there is in place of it. */
export const differences: readonly Row[] = [
  row(
    'what is marked as pure is left out where nothing uses it',
    [1, 0],
    '[globalThis.kept, globalThis.left ?? 0]',
    `const used = /* @__PURE__ */ count('kept')
const unused = /* @__PURE__ */ count('left')
function count(name) { globalThis[name] = (globalThis[name] ?? 0) + 1; return name }
globalThis.uses = used`,
  ),
  row(
    'a name that is used too early in a cycle is undefined',
    'undefined',
    'early',
    'import { early } from "./f.mjs"',
    {
      'f.mjs':
        'import { seen } from "./g.mjs"; export const late = 1; export const early = String(seen)',
      'g.mjs':
        'import { late } from "./f.mjs"; export let seen; try { seen = late } catch (error) { seen = error.name }',
    },
  ),
  row(
    'a module waits for what its neighbour awaits at the top',
    ['before', 'after', 'quick', 'main'],
    'globalThis.besideOther',
    'import "./slow.mjs"\nimport "./quick.mjs"\n;(globalThis.besideOther ??= []).push("main")',
    {
      'slow.mjs':
        '(globalThis.besideOther ??= []).push("before"); await new Promise(setImmediate); globalThis.besideOther.push("after")',
      'quick.mjs': '(globalThis.besideOther ??= []).push("quick")',
    },
  ),
  row(
    'text and bytes by an import attribute are there on each line of Node',
    ['noted', [110, 111]],
    '[text, [...bytes].slice(0, 2)]',
    `import text from "./note.txt" with { type: "text" }
import bytes from "./note.txt" with { type: "bytes" }`,
    { 'note.txt': 'noted' },
  ),
  row(
    'an ES module has require, __filename and __dirname, too',
    ['function', 'string', 'string'],
    '[typeof require, typeof __filename, typeof __dirname]',
    '',
  ),
]

/** What is refused, with its code and its place. */
export const refused: readonly {
  readonly name: string
  readonly files: Row['files']
  readonly error: object
}[] = [
  {
    name: 'an assignment to what is imported',
    files: {
      'main.mjs': main('ns.a', 'import * as ns from "./ns.mjs"\nns.a = 2'),
      'ns.mjs': 'export let a = 1',
    },
    error: { code: 'SYNTAX_ERROR', line: 2 },
  },
  {
    name: 'await as a name',
    files: {
      'main.mjs': main('said', "import said from './said.cjs'"),
      'said.cjs': '\nvar await = 5; module.exports = await',
    },
    error: { code: 'SYNTAX_ERROR', line: 2 },
  },
  {
    name: 'sloppy code in an ES module',
    files: {
      'main.mjs': main('said', "import said from './said.mjs'"),
      'said.mjs': 'with ({}) {}\nexport default 1',
    },
    error: { code: 'SYNTAX_ERROR', line: 1 },
  },
]
