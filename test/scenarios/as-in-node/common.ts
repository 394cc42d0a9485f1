import { common, main } from './row.ts'
import type { Row } from './row.ts'

/** What a CommonJS module knows of itself and of others. */
export const ofCommon: readonly Row[] = [
  common(
    'require.resolve of a file',
    "'use strict'; module.exports = [require.resolve('./lib/x'), require.resolve('node:fs'), require('./lib/x')]",
    {
      'lib/x.js': "module.exports = [require.resolve('./y'), require.resolve('../said.cjs')]",
      'lib/y.js': '',
    },
  ),
  common('require.resolve of a package', "'use strict'; module.exports = require('outer')", {
    'node_modules/outer/index.js':
      "'use strict'; module.exports = [require.resolve('inner'), require.resolve('outer')]",
    'node_modules/outer/node_modules/inner/index.js': '',
  }),
  common(
    'require.resolve of what is missing',
    "try { require.resolve('./gone') } catch (error) { exports.code = error.code }",
  ),
  common(
    'require.resolve with paths',
    "module.exports = require.resolve('far', { paths: [__dirname + '/lib'] })",
    {
      'lib/node_modules/far/index.js': '',
    },
  ),
  common('require.resolve.paths', "module.exports = require.resolve.paths('x')"),
  common(
    'module of itself',
    "'use strict'; module.exports = [module.id, module.filename, module.path, module.paths, module.loaded, module.exports === exports, typeof module.require, require.main === module, typeof require.main]",
  ),
  common('module of another', "'use strict'; exports.other = require('./other.cjs')", {
    'other.cjs':
      "'use strict'; module.exports = [module.id === __filename, module.filename, module.paths[0], !!module.parent]",
  }),
  common(
    'module.children and loaded',
    "'use strict'; require('./one.cjs'); require('./two.cjs'); exports.children = module.children.map((child) => [child.id, child.loaded, child.exports])",
    {
      'one.cjs': "'use strict'; exports.one = 1",
      'two.cjs': 'exports.two = 2',
    },
  ),
  common('module.require', "module.exports = module.require('./other.cjs')", {
    'other.cjs': 'module.exports = __filename',
  }),
  common(
    'require.cache',
    "'use strict'; require('./other.cjs').n = 5; const id = require.resolve('./other.cjs'); exports.there = require.cache[id].exports.n; delete require.cache[id]; exports.again = require('./other.cjs').n",
    {
      'other.cjs': "'use strict'; exports.n = 1",
    },
  ),
  common(
    'one instance by any name',
    "exports.same = require('./other.cjs') === require(__dirname + '/other.cjs') && require('./other.cjs') === require(require.resolve('./other.cjs'))",
    {
      'other.cjs': 'exports.n = 1',
    },
  ),
  common(
    'one instance by import() of a name',
    "'use strict'; const name = './other.cjs'; exports.same = import(name).then((m) => m.default === require('./other.cjs'))".replace(
      'exports.same =',
      'module.exports =',
    ),
    {
      'other.cjs': "'use strict'; exports.n = 1",
    },
  ),
  common(
    'require as a value',
    "const load = require; const list = ['./a.cjs', './b.cjs']; module.exports = [...list.map(require), load('./a.cjs'), typeof require.extensions['.js'], require.name, require.length]".replace(
      'list.map(require)',
      'list.map((n) => require(n))',
    ),
    {
      'a.cjs': "module.exports = 'a'",
      'b.cjs': "module.exports = 'b'",
    },
  ),
  common(
    'places',
    "'use strict'; module.exports = [__filename, __dirname, require('./lib/deep.cjs')]",
    {
      'lib/deep.cjs': 'module.exports = [__filename, __dirname, typeof require.main]',
    },
  ),
  common(
    'names without endings',
    "module.exports = [require('./a'), require('./dir'), require('./data'), require('.' + '/a')]",
    {
      'a.js': "module.exports = 'a'",
      'dir/index.js': "module.exports = 'index'",
      'data.json': '[1]',
    },
  ),
  common(
    'names that are made when the code runs',
    "const load = (name) => require('./lib/' + name); module.exports = [load('a'), load('a.js'), load('data'), load('dir'), load('a.js') === require('./lib/a'), (() => { try { load('gone') } catch (error) { return error.code } })()]",
    {
      'lib/a.js': 'module.exports = { a: 1 }',
      'lib/data.json': '{ "data": 1 }',
      'lib/dir/index.js': "module.exports = 'dir'",
    },
  ),
  common('a file without an ending', "module.exports = require('./plain')", {
    plain: "module.exports = 'plain'; wasSloppy = 1",
  }),
  common(
    'an error of a module is thrown again',
    "const errors = []; for (let i = 0; i < 2; i++) try { require('./throws.cjs') } catch (error) { errors.push(error.message) }; module.exports = [errors, globalThis.threw]",
    {
      'throws.cjs':
        "globalThis.threw = (globalThis.threw || 0) + 1; throw new Error('thrown ' + globalThis.threw)",
    },
  ),
  common(
    'what is missing, in a try',
    "try { require('not-there-at-all') } catch (error) { exports.code = error.code }",
  ),
  common(
    'a cycle',
    "exports.before = 1; const other = require('./other.cjs'); exports.other = other; exports.after = 2",
    {
      'other.cjs': "const said = require('./said.cjs'); exports.seen = Object.keys(said)",
    },
  ),
  common(
    'a hashbang and a byte order mark',
    "module.exports = [require('./bang.cjs'), require('./bom.cjs'), require('./bom.json')]",
    {
      'bang.cjs': "#!/usr/bin/env node\nmodule.exports = 'bang'",
      'bom.cjs': "\uFEFFmodule.exports = 'bom'",
      'bom.json': '\uFEFF{ "bom": true }',
    },
  ),
  common('a key named __proto__ in JSON', "module.exports = Object.keys(require('./data.json'))", {
    'data.json': '{ "__proto__": 1, "a": 2 }',
  }),
  common(
    'JSON that can be changed, once for all',
    "require('./data.json').n++; module.exports = require('./data.json').n",
    { 'data.json': '{ "n": 1 }' },
  ),
  common(
    'built-ins',
    "module.exports = [require('fs') === require('node:fs'), process.getBuiltinModule('fs') === require('fs'), require('module').builtinModules.length > 5, typeof require('node:test')]",
  ),
  common(
    'where an error was thrown',
    "'use strict'\n\nfunction thrower() { return new Error('here').stack.split('\\n')[1].trim() }\nmodule.exports = thrower()",
  ),
  common(
    'where a sloppy error was thrown',
    "\nwhere = function thrower() { return new Error('here').stack.split('\\n')[1].trim() }\nmodule.exports = where()",
  ),
  {
    name: 'named exports of CommonJS',
    files: {
      'main.mjs': main(
        '[a, b, again.a, theDefault === ns.default, theDefault.a, more, viaDefault]',
        "import theDefault, { a, b } from './c.cjs'\nimport * as ns from './c.cjs'\nimport * as again from './again.cjs'\nimport more from './function.cjs'\nimport { default as viaDefault } from './value.cjs'",
      ),
      'c.cjs':
        "exports.a = 1; Object.defineProperty(exports, 'b', { enumerable: true, get: function () { return other.b } }); var other = { b: 2 }",
      'again.cjs': "module.exports = require('./c.cjs')",
      'function.cjs': 'module.exports = function () {}; module.exports = typeof module.exports',
      'value.cjs': 'module.exports = null',
    },
  },
  ...['package', 'typeless'].map((kind): Row => ({
    name: `__esModule, asked by an ES module in a ${kind}`,
    files: {
      'package.json': kind === 'package' ? '{ "type": "module" }' : '{}',
      'main.mjs': main(
        '[theDefault, Object.keys(ns).sort().filter((key) => key !== "module.exports"), named, late]',
        "import theDefault from './es.cjs'\nimport * as ns from './es.cjs'\nimport { named } from './es.cjs'\nconst late = (await import('./es.cjs')).default",
      ),
      'es.cjs':
        "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = 'default'; exports.named = 'named'",
    },
  })),
  {
    name: '__esModule, asked by a .js file whose syntax says what it is',
    entry: 'main.js',
    files: {
      'main.js': main('theDefault', "import theDefault from './es.cjs'"),
      'es.cjs': "exports.__esModule = true; exports.default = 'default'",
    },
  },
]
