import { common, main } from './row.ts'
import type { Row } from './row.ts'

/** CommonJS that is not strict. */
export const sloppy: readonly Row[] = [
  common(
    'a variable that is not declared',
    'undeclaredOne = 41; undeclaredOne++; module.exports = [undeclaredOne, typeof globalThis.undeclaredOne]',
  ),
  common(
    'this at the top',
    'this.a = 1; exports.b = this === module.exports; (() => { this.c = 3 })()',
  ),
  common(
    'this of a plain call',
    'function self() { return this === globalThis }; module.exports = [self(), (function () { return typeof this })()]',
  ),
  common(
    'this of a primitive',
    "String.prototype.sloppyKind = function () { return typeof this }; module.exports = 'a'.sloppyKind()",
  ),
  common('octal numbers and escapes', "module.exports = [010, 0777, 08, '\\101']"),
  common('with', 'var o = { a: 1 }; with (o) { a = 2; var b = a }; module.exports = [o.a, b]'),
  common(
    'delete of a name',
    'deletable = 1; module.exports = [delete deletable, typeof deletable]; var kept = 1; module.exports.push(delete kept, kept)',
  ),
  common(
    'delete of what stays',
    'var o = Object.freeze({ a: 1 }); module.exports = [delete o.a, o.a]',
  ),
  common(
    'a write to what is frozen',
    "var o = Object.freeze({ a: 1 }); o.a = 2; o.b = 3; (function f() {}).name = 'x'; 'text'.length = 1; module.exports = o.a",
  ),
  common(
    'a write to a name of a function',
    'var f = function g() { g = 1; return typeof g }; module.exports = f()',
  ),
  common(
    'arguments at the top',
    'module.exports = [arguments.length, arguments[0] === exports, arguments[1] === require, arguments[2] === module, arguments[3] === __filename, arguments[4] === __dirname]',
  ),
  common(
    'arguments and parameters',
    'function f(a) { arguments[0] = 2; return a }; module.exports = [f(1), typeof (function () { return arguments.callee })()]',
  ),
  common('return at the top', 'exports.a = 1; if (exports.a) return; exports.a = 2'),
  common('one parameter twice', 'function f(a, a) { return a }; module.exports = f(1, 2)'),
  common(
    'functions in blocks',
    'if (true) { function inBlock() { return 1 } }; module.exports = inBlock()',
  ),
  common(
    'functions in branches',
    'if (true) function inBranch() { return 1 }\nmodule.exports = inBranch()',
  ),
  common(
    'eval that declares',
    "function f() { eval('var declared = 7'); return declared }; module.exports = f()",
  ),
  common(
    'words that strict code keeps',
    'var let = 1, static = 2, yield = 3, package = 4, interface = 5; module.exports = [let, static, yield, package, interface]',
  ),
  common(
    'eval and arguments as names',
    'function f() { var arguments = 3; return arguments }; module.exports = f()',
  ),
  common('HTML comments', 'var a = 1 <!-- so it is\nmodule.exports = a'),
  common(
    'strict by its own word',
    "'use strict'; try { undeclaredTwo = 1 } catch (error) { exports.name = error.name }; exports.self = (function () { return this === undefined })()",
  ),
  common(
    'a strict function',
    "function f() { 'use strict'; return this === undefined }; module.exports = f()",
  ),
  {
    name: 'an older package, without a word of its kind',
    files: {
      'main.mjs': main('legacy', "import legacy from 'legacy'"),
      'node_modules/legacy/package.json': '{ "name": "legacy" }',
      'node_modules/legacy/index.js': `;(function (root) { hidden = 'seen'; root.legacyRoot = typeof root })(this)\nvar part = require('./part'); module.exports = [hidden, part, this.legacyRoot]`,
      'node_modules/legacy/part.js':
        'module.exports = (function () { return this === globalThis })()',
    },
  },
  {
    name: 'a script that exports nothing',
    files: {
      'main.mjs': main(
        '[globalThis.fromScript, typeof globalThis.notGlobal]',
        "import './script.cjs'",
      ),
      'script.cjs': 'fromScript = typeof module; var notGlobal = 1; function notGlobalEither() {}',
    },
  },
  {
    name: 'sloppy code that asks for ES modules, JSON and packages',
    files: {
      'main.mjs': main('said', "import said from './said.cjs'"),
      'said.cjs':
        "late = async () => (await import('./es.mjs')).it\nmodule.exports = [require('./data.json').n, require('fs') === require('node:fs'), require('pkg'), typeof late]",
      'es.mjs': "export const it = 'es'",
      'data.json': '{ "n": 42 }',
      'node_modules/pkg/package.json':
        '{ "name": "pkg", "exports": { "import": "./no.mjs", "require": "./yes.cjs" } }',
      'node_modules/pkg/yes.cjs': "module.exports = 'required'",
      'node_modules/pkg/no.mjs': "export default 'imported'",
    },
  },
  {
    name: 'import() in sloppy code',
    files: {
      'main.mjs': main('said()', "import said from './said.cjs'"),
      'said.cjs':
        "lazy = () => import('./es.mjs'); module.exports = async () => [(await lazy()).it, (await import('./other.cjs')).default, (await import('node:path')).sep]",
      'es.mjs': "export const it = 'es'",
      'other.cjs': "other = 'other'; module.exports = other",
    },
  },
]
