import { main } from './row.ts'
import type { Row } from './row.ts'

const row = (name: string, it: string, imports: string, files: Row['files'] = {}): Row => ({
  name,
  files: { 'main.mjs': main(it, imports), ...files },
})

const shapes = `export class Circle { static made = new Circle(); kind() { return new Circle().constructor.name } }
export function area() { return area.name }
export const round = () => {}
export const Square = class {}
export let Named = class Inner { static self = Inner.name }
export async function later() {}
export function* steps() {}
export const { picked = () => {} } = {}
export const table = { method() {}, arrow: () => {}, area }
export function outer() {
  function area() {}
  class Circle {}
  const round = () => {}
  const Square = class extends Circle {}
  return [area.name, Circle.name, round.name, Square.name, (function round() {}).name]
}
export const named = [Circle, area, round, Square, Named, later, steps, picked, table.method, table.arrow, table.area].map((each) => each.name)
`

const errors = `class Denied extends Error { static make() { return new Denied('no') } }
class Kept { static #count = 0; static add() { return ++Kept.#count } static name2 = Kept.name }
export const denied = [Denied.name, Denied.make().constructor.name, String(Denied.make().stack).split('\\n')[0], Kept.name, Kept.add(), Kept.name2]
`

/** Names of functions and classes. */
export const names: readonly Row[] = [
  row(
    'of one class',
    '[Circle.name, new Circle().kind(), named, outer()]',
    'import { Circle, named, outer } from "./shapes.mjs"',
    { 'shapes.mjs': shapes },
  ),
  row(
    'of equal names in three files',
    '[a.named, b.named, c.named, a.outer(), b.outer(), c.outer(), new a.Circle().kind(), new b.Circle().kind(), Circle.name, area.name]',
    'import * as a from "./a.mjs"\nimport * as b from "./b.mjs"\nimport * as c from "./c.mjs"\nclass Circle extends a.Circle {}\nfunction area() { return new Circle() }',
    {
      'a.mjs': shapes,
      'b.mjs': shapes,
      'c.mjs': shapes,
    },
  ),
  row(
    'of classes that name themselves',
    '[denied, again.denied]',
    'import { denied } from "./errors.mjs"\nimport * as again from "./again.mjs"',
    {
      'errors.mjs': errors,
      'again.mjs': errors,
    },
  ),
  row(
    'of what is exported without a name',
    '[a.name, b.name, c.name, d.name, e.name, f.name]',
    'import a from "./a.mjs"\nimport b from "./b.mjs"\nimport c from "./c.mjs"\nimport d from "./d.mjs"\nimport e from "./e.mjs"\nimport f from "./f.mjs"',
    {
      'a.mjs': 'export default function () {}',
      'b.mjs': 'export default class {}',
      'c.mjs': 'export default () => {}',
      'd.mjs': 'export default async (a, { b } = {}) => {}',
      'e.mjs': 'export default class Own {}',
      'f.mjs': 'export default (class extends Array { static at = this.name })',
    },
  ),
  row(
    'of globals that files cover',
    '[Map.name, URL.name, process.name]',
    'class Map {}\nfunction URL() {}\nconst process = () => {}',
  ),
  row(
    'of CommonJS',
    'said',
    "import said from './said.cjs'\nclass Circle {}\nfunction area() { return Circle }\nglobalThis.usesNames = area",
    {
      'said.cjs':
        "'use strict'; class Circle { static make() { return new Circle() } } function area() {} module.exports = [Circle.name, Circle.make().constructor.name, area.name, require('./other.cjs')]",
      'other.cjs':
        "'use strict'; class Circle {} function area() {} const round = () => {}; module.exports = [Circle.name, area.name, round.name]",
    },
  ),
  row(
    'in errors',
    "[text(new Denied('a')), text(other())]",
    "import { other } from './other.mjs'\nclass Denied extends Error { constructor(m) { super(m); this.name = new.target.name } }\nconst text = (error) => String(error) + error.constructor.name",
    {
      'other.mjs':
        "class Denied extends TypeError { get name() { return this.constructor.name } }\nexport const other = () => new Denied('b')",
    },
  ),
]

const thrower = `export function thrower() {
  const sites = []
  const before = Error.prepareStackTrace
  Error.prepareStackTrace = (_error, trace) => trace
  const trace = new Error('here').stack
  Error.prepareStackTrace = before
  return trace.slice(0, 1).map((site) => [site.getFileName(), site.getLineNumber(), site.getColumnNumber(), site.getFunctionName(), site.isNative(), site.isToplevel(), String(site)])
}
`

/** Where code is, as errors tell. */
export const traces: readonly Row[] = [
  row('Error.prepareStackTrace', 'thrower()', "import { thrower } from './lib/thrower.mjs'", {
    'lib/thrower.mjs': `// a line\n\n${thrower}`,
  }),
  row(
    'Error.prepareStackTrace in CommonJS',
    'thrower()',
    "import { thrower } from './thrower.cjs'",
    {
      'thrower.cjs': `'use strict'\n// a line\n\n${thrower.replace('export', 'module.exports = { thrower }\n')}`,
    },
  ),
  row('Error.captureStackTrace', 'caller()', "import { caller } from './caller.mjs'", {
    'caller.mjs': `import { fileURLToPath } from 'node:url'
export function caller() { return whoCalls() }
function whoCalls() {
  const before = Error.prepareStackTrace
  Error.prepareStackTrace = (_error, trace) => trace
  const target = {}
  Error.captureStackTrace(target, whoCalls)
  const [first] = target.stack
  Error.prepareStackTrace = before
  return [first.getFileName(), first.getLineNumber(), first.getFunctionName(), first.getTypeName(), first.getMethodName(), first.isConstructor(), first.isAsync(), first.getEvalOrigin()]
}
`,
  }),
  row(
    'Error.prepareStackTrace is put back',
    '[first, Error.prepareStackTrace === before]',
    `const before = Error.prepareStackTrace
const mine = (error, trace) => [error.message, Array.isArray(trace), typeof trace[0].getThis, trace[0].getFileName() === import.meta.filename || trace[0].getFileName() === import.meta.url]
Error.prepareStackTrace = mine
const first = new Error('m').stack
Error.prepareStackTrace = before`,
  ),
  row('the stack of an error', 'stack()', "import { stack } from './stack.mjs'", {
    'stack.mjs':
      "// one\n// two\nexport function stack() {\n  return new Error('x').stack.split('\\n')[1].trim().replace('file://', '')\n}\n",
  }),
]
