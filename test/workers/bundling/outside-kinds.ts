/** Texts of files by their paths. */
export type Files = Record<string, string>

const main = "import * as p from 'p'\nexport default () => p.it()\n"
/** A program with a package `p`, and what it exports as `it`. */
export const packageOf = (it: string, more: Files = {}): Files => ({
  'main.mjs': main,
  'node_modules/p/package.json': '{ "name": "p", "version": "1.2.3" }',
  'node_modules/p/index.js': `exports.it = ${it}`,
  ...more,
})
const caught = (load: string): string =>
  `() => { try { return ${load} } catch (error) { return [error.code, /Cannot find module '([^']*)'/.exec(error.message)?.[1]] } }`

/** What finds a file by that of its caller, as `bindings` does; `.cjs` stands for `.node`, which needs a compiler. */
export const finder: Files = {
  'node_modules/bindings/package.json': '{ "name": "bindings", "version": "1.5.0" }',
  'node_modules/bindings/index.js': `const path = require('path')
module.exports = (name) => {
  const before = Error.prepareStackTrace
  Error.prepareStackTrace = (_, stack) => stack
  const caller = new Error().stack.find((each) => each.getFileName() !== __filename)
  Error.prepareStackTrace = before
  return require(path.join(path.dirname(caller.getFileName()), 'build', name))
}`,
}

/** Each is run by Node and from an image, and its answers are the same. */
export const kinds: Record<string, Files> = {
  'an addon that is not there, in a try': packageOf(caught("require('./fast.linux-x64-gnu.node')")),
  'a package that is not there, in a try': packageOf(caught("require('fast')")),
  'a package that is not there, in a function': {
    ...packageOf("() => require('oracle-driver')"),
    'main.mjs':
      "import { it } from 'p'\nexport default () => ['made', new Promise((ok) => ok(it()))]\n",
  },
  'a file that is not there beside the package, but beside the program': packageOf(
    caught("require('./settings.js')"),
    { 'settings.js': "module.exports = 'of the program'" },
  ),
  'a package that is not there, imported in a function': packageOf(
    "() => [import('gone'), import('./gone.mjs')]",
  ),
  'a module that needs what is not there, and that nothing needs': packageOf(
    "() => [import('./needs.mjs'), import('./needs.mjs'), 'fine']",
    {
      'node_modules/p/needs.mjs':
        "import gone from 'gone'\nexport { gone as default }\nexport * from './gone.mjs'\n",
    },
  ),
  'a part of a package that it does not export': packageOf(caught("require('q/secret')"), {
    'node_modules/q/package.json': '{ "exports": { ".": "./index.js" } }',
    'node_modules/q/index.js': '',
    'node_modules/q/secret.js': '',
  }),
  'a module whose first load fails, loaded again': packageOf(
    '() => [1, 2].map(() => { try { return require("./once.js") } catch (error) { return error.message } })',
    {
      'node_modules/p/once.js':
        "globalThis.tries = (globalThis.tries ?? 0) + 1; throw new Error('no')",
    },
  ),
  'an addon without its extension': packageOf(caught("require('./build/fast')"), {
    'node_modules/p/build/fast.node': 'no addon',
  }),
  'an addon with its extension': packageOf(caught("require('./build/fast.node')"), {
    'node_modules/p/build/fast.node': 'no addon',
  }),
  'an addon by a pattern': packageOf(
    '(k = "linux") => { try { return require(`./${k}/x.node`) } catch (e) { return e.code } }',
    {
      'node_modules/p/linux/x.node': 'no addon',
    },
  ),
  'a pattern that no file fits': packageOf(
    '(k = "linux") => { try { return require(`./${k}/x.node`) } catch (e) { return e.code } }',
  ),
  'a pattern in a folder that is not there, in a try': packageOf(
    '(k = "linux") => { try { return require(`./prebuilds/${k}/x.node`) } catch (e) { return e.code } }',
  ),
  'a pattern in a folder that is not there, imported': packageOf(
    '(k = "linux") => [import(`./dist/${k}.mjs`), new Promise((ok) => ok(require("./lib/" + k)))]',
  ),
  'a pattern without an extension, of a folder, and from above': packageOf(
    `(k = 'de') => [require('./locale/' + k), require('./locale/' + 'more'), require(\`../p/locale/\${k}.js\`).own, require('./locale/' + '../locale/' + k) === require('./locale/' + k)]`,
    {
      'node_modules/p/locale/de.js': "module.exports = { own: 'Deutsch' }",
      'node_modules/p/locale/more/index.json': '["more"]',
      'node_modules/p/locale/README.md': '# nothing',
      'node_modules/p/locale/LICENSE': 'none',
    },
  ),
  'a pattern that finds what cannot be parsed': packageOf("(k = 'fine') => require('./lib/' + k)", {
    'node_modules/p/lib/fine.js': "module.exports = 'fine'",
    'node_modules/p/lib/broken.js': 'this is no JavaScript',
  }),
  'a module of a package that cannot be parsed, imported in a function': {
    'main.mjs': `import { it } from 'p'
export default () => [it, import('p/broken.mjs').catch((error) => error.name)]
`,
    'node_modules/p/package.json': '{ "type": "module", "main": "i.js" }',
    'node_modules/p/i.js': "export const it = 'fine'\n",
    'node_modules/p/broken.mjs': 'this is no JavaScript',
  },
  'a package that is written for sloppy mode only': packageOf(
    '() => { with ({ a: 010 }) return [a, function () { return this === globalThis }()] }',
  ),
  'a package that finds its addon by the stack': packageOf("() => require('bindings')('fast')", {
    ...finder,
    'node_modules/p/package.json': '{ "name": "p", "dependencies": { "bindings": "^1.5.0" } }',
    'node_modules/p/build/fast.js': "module.exports = ['fast', __filename]",
  }),
  'a package that finds its addon by the stack, and does not say so': packageOf(
    "() => require('./lib/load')",
    {
      ...finder,
      'node_modules/p/lib/load.js': "module.exports = require('bindings')('fast')",
      'node_modules/p/lib/build/fast.js': "module.exports = ['fast', __filename]",
    },
  ),
  'addons of the program, that may be there': {
    'main.mjs': `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
const tried = (load) => { try { return load() } catch (error) { return error.code } }
const k = 'linux'
export default () => [
  tried(() => require('./fast.linux-x64-gnu.node')),
  tried(() => require(\`./\${k}/x.node\`)),
  tried(() => require(\`./prebuilds/\${k}/x.node\`)),
  tried(() => require('./build/fast')),
  tried(() => require('oracle-driver')),
]
`,
    'build/fast.node': 'no addon',
    'linux/x.node': 'no addon',
  },
  'a package that finds its addon below its folder': packageOf(
    "() => require('node-gyp-build')(__dirname)",
    {
      'node_modules/p/package.json':
        '{ "name": "p", "dependencies": { "node-gyp-build": "^4.0.0" } }',
      'node_modules/p/prebuilds/x/fast.js': "module.exports = ['fast', module.parent.filename]",
      'node_modules/node-gyp-build/package.json': '{ "name": "node-gyp-build" }',
      'node_modules/node-gyp-build/index.js': `const load = typeof __non_webpack_require__ === 'function' ? __non_webpack_require__ : require
module.exports = (folder) => load(require('path').join(folder, 'prebuilds', require('fs').readdirSync(folder + '/prebuilds')[0], 'fast.js'))`,
    },
  ),
  'a package for one platform': packageOf(
    "() => [require(`@p/${process.platform}-${process.arch}`), require('@p/' + 'none')]",
    {
      'node_modules/p/package.json':
        '{ "name": "p", "optionalDependencies": { "@p/linux-x64": "1", "@p/darwin-arm64": "1" } }',
    },
  ),
  'a package of addons that is an ES module': {
    'main.mjs': `import one, { two, count } from 'p'
import * as all from 'p/more'
export default async () => [one, two(), count, all.three, (await import('p')).default === one, Object.keys(await import('p'))]
`,
    'node_modules/p/package.json':
      '{ "type": "module", "gypfile": true, "exports": { ".": "./i.js", "./more": "./more.js" } }',
    'node_modules/p/i.js':
      "export * from './more.js'\nexport let count = 1\nconst one = import.meta.url\nexport default one\ncount++\n",
    'node_modules/p/more.js': 'export const two = () => 2, three = 3\n',
  },
  'a package of addons that is an ES module and awaits, imported when it is needed': {
    'main.mjs':
      "export default async () => [(await import('p')).it, await import('q').catch((error) => error.message)]\n",
    'node_modules/p/package.json':
      '{ "type": "module", "binary": { "napi_versions": [9] }, "main": "i.js" }',
    'node_modules/p/i.js': "export const it = await Promise.resolve('awaited')\n",
    'node_modules/q/package.json': '{ "type": "module", "gypfile": true, "main": "i.js" }',
    'node_modules/q/i.js': "throw new Error('not on this machine')\n",
  },
  'a package of addons that is not for this machine, and that nothing asks for': {
    // From Node 23 on a namespace of CommonJS says `module.exports`, too.
    'main.mjs':
      "import * as p from 'p'\nexport default () => Object.keys(p).filter((name) => !name.includes('.'))\n",
    'node_modules/p/package.json': '{}',
    'node_modules/p/index.js': "exports.it = () => require('q'); exports.that = () => import('r')",
    'node_modules/q/package.json': '{ "gypfile": true }',
    'node_modules/q/index.js': "throw new Error('not on this machine')\n",
    'node_modules/r/package.json': '{ "gypfile": true, "type": "module", "exports": "./i.js" }',
    'node_modules/r/i.js': "throw new Error('not on this machine')\n",
  },
  'what a package outside shares with the program': {
    'main.mjs': `import { registry } from 'shared'
import { register } from 'p'
import { helper } from 'helper'
export default () => [register('addon'), [...registry], helper(registry)]
`,
    'node_modules/p/package.json':
      '{ "gypfile": true, "dependencies": { "middle": "1" }, "peerDependencies": { "shared": "1" } }',
    'node_modules/p/index.js': "exports.register = (name) => require('middle')(name)",
    'node_modules/middle/package.json': '{ "dependencies": { "shared": "1" } }',
    'node_modules/middle/index.js':
      "const { registry } = require('shared'); module.exports = (name) => registry.add(name).size",
    'node_modules/shared/package.json': '{ "type": "module", "main": "i.js" }',
    'node_modules/shared/i.js': 'export const registry = new Set()\n',
    'node_modules/helper/package.json': '{}',
    'node_modules/helper/index.js': "exports.helper = (of) => of === require('shared').registry",
  },
  'a program in CommonJS': {
    'main.cjs': `const p = require('p')
module.exports = () => [p.it(), (() => { try { return require('gone') } catch (error) { return error.code } })()]
`,
    'node_modules/p/package.json': '{ "dependencies": { "bindings": "1" } }',
    'node_modules/p/index.js': "exports.it = () => require('bindings')('fast')",
    'node_modules/p/build/fast.js': "module.exports = 'fast'",
    ...finder,
  },
}
