import { main } from './row.ts'
import type { Row } from './row.ts'

const row = (name: string, it: string, imports: string, files: Row['files'] = {}): Row => ({
  name,
  files: { 'main.mjs': main(it, imports), ...files },
})

/** A module of WebAssembly that exports `add`. */
const ADD = 'AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABags='

/** What an ES module knows of its place, and what it may import. */
export const ofModules: readonly Row[] = [
  row(
    'import.meta taken apart',
    '[url, dirname, filename, again]',
    'const { url, dirname, filename } = import.meta\nimport { again } from "./lib/own.mjs"',
    {
      'lib/own.mjs': 'const { url: again } = import.meta\nexport { again }',
    },
  ),
  row(
    'import.meta passed on',
    '[Object.keys(all).sort(), all.url, Object.getPrototypeOf(all), other.filename, all === import.meta]',
    'const all = ((meta) => meta)(import.meta)\nimport { other } from "./lib/own.mjs"',
    {
      'lib/own.mjs': 'const other = { ...import.meta }\nexport { other }',
    },
  ),
  row(
    'import.meta that is written to',
    '[import.meta.mine, import.meta["mine"], "mine" in import.meta]',
    'import.meta.mine = 1',
  ),
  row(
    'import.meta of its parts',
    '[import.meta.url, import.meta.dirname, import.meta.filename, import.meta["url"], import.meta.nothing, typeof import.meta.resolve, import.meta?.url, typeof import.meta]',
    '',
  ),
  row('import.meta.main', 'import.meta.main === true', ''),
  row(
    'import.meta.resolve',
    '[import.meta.resolve("./x.mjs"), import.meta.resolve("fs"), import.meta.resolve("node:fs"), import.meta.resolve("both"), import.meta.resolve("#own"), import.meta.resolve("/abs"), import.meta.resolve("data:,x"), deep]',
    'import { deep } from "./lib/deep.mjs"',
    {
      'package.json': '{ "imports": { "#own": "./lib/own.mjs" } }',
      'lib/own.mjs': '',
      'lib/deep.mjs':
        'const resolve = import.meta.resolve; export const deep = [import.meta.resolve("./y.mjs"), import.meta.resolve("far"), resolve("both/sub/a.js")]',
      'lib/node_modules/far/package.json': '{ "main": "main.js" }',
      'lib/node_modules/far/main.js': '',
      'node_modules/both/package.json':
        '{ "exports": { ".": { "import": "./i.mjs", "require": "./r.cjs" }, "./sub/*": "./lib/*" } }',
      'node_modules/both/i.mjs': '',
      'node_modules/both/r.cjs': '',
      'node_modules/both/lib/a.js': '',
    },
  ),
  row(
    'import.meta.resolve of what is missing',
    '["gone", "both/private", "#none"].map((name) => { try { return import.meta.resolve(name) } catch (error) { return error.code } })',
    '',
    {
      'node_modules/both/package.json': '{ "exports": "./i.mjs" }',
      'node_modules/both/i.mjs': '',
    },
  ),
  row(
    'a file beside the code',
    '[text, other]',
    'import { readFileSync } from "node:fs"\nimport { other } from "./lib/own.mjs"\nconst text = readFileSync(new URL("./data.txt", import.meta.url), "utf8")',
    {
      'data.txt': 'beside',
      'lib/own.mjs':
        'import { readFileSync } from "node:fs"\nexport const other = readFileSync(new URL("data.txt", import.meta.url), "utf8")',
      'lib/data.txt': 'beside the other',
    },
  ),
  row(
    'data: imports',
    '[one, (await import("data:text/javascript,export default 2")).default, json.n, url.slice(0, 20)]',
    'import one from "data:text/javascript,export default 1"\nimport json from "data:application/json,{%22n%22:3}" with { type: "json" }\nimport { url } from "data:text/javascript,export const url = import.meta.url; import \'node:fs\'"',
  ),
  row(
    'data: in base64',
    'one',
    'import one from "data:text/javascript;base64,ZXhwb3J0IGRlZmF1bHQgNQ=="',
  ),
  row(
    'JSON',
    '[one, two.default === one, Object.keys(two), late.default === one]',
    'import one from "./data.json" with { type: "json" }\nimport * as two from "./data.json" with { type: "json" }\nconst late = await import("./data.json", { with: { type: "json" } })',
    {
      'data.json': '{ "n": 1, "list": [true], "default": 3, "not a name": 4 }',
    },
  ),
  row('JSON with a byte order mark', 'one', 'import one from "./data.json" with { type: "json" }', {
    'data.json': '\uFEFF{ "n": 1 }',
  }),
  row(
    'JSON of a package',
    'name',
    'import data from "pkg/data.json" with { type: "json" }\nconst { name } = data',
    {
      'node_modules/pkg/data.json': '{ "name": "pkg" }',
      'node_modules/pkg/package.json': '{ "name": "pkg" }',
    },
  ),
  // What newer lines of Node make of these, they make in a process, too.
  row(
    'a wasm module, by import()',
    'import("./add.wasm").then((all) => [Object.keys(all), all.add?.(2, 3)], ({ code }) => code)',
    '',
    { 'add.wasm': Buffer.from(ADD, 'base64').toString('latin1') },
  ),
  row(
    'text, by import() with options made when the code runs',
    'Promise.all([import("./note.txt", options), own()].map((each) => each.then((all) => all.default.length, ({ code }) => code)))',
    'import { own } from "./lib/own.mjs"\nconst options = { with: { type: "bytes" } }',
    {
      'note.txt': 'noted',
      'lib/own.mjs':
        'const type = "text"; export const own = () => import("./note.txt", { with: { type } })',
      'lib/note.txt': 'noted in lib',
    },
  ),
  row(
    'import() with options made when the code runs',
    'Promise.all([import("./data.json", options), load()].map((each) => each.then((all) => all.default.n, ({ code }) => code)))',
    'import { load } from "./lib/own.mjs"\nconst options = { with: { type: "json" } }',
    {
      'data.json': '{ "n": 1 }',
      'lib/own.mjs':
        'const type = "json"; export const load = () => import("./data.json", { with: { type } })',
      'lib/data.json': '{ "n": 2 }',
    },
  ),
  row(
    'names with and without node:',
    '[a === b, typeof c.test, process.getBuiltinModule("fs").readFileSync === a]',
    'import { readFileSync as a } from "fs"\nimport { readFileSync as b } from "node:fs"\nimport * as c from "node:test"',
  ),
  row(
    'imports of the package itself',
    '[own, self]',
    'import own from "#own"\nimport self from "self-named/part"',
    {
      'package.json':
        '{ "name": "self-named", "exports": { "./part": { "import": "./part.mjs", "require": "./no.cjs" } }, "imports": { "#own": { "node": "./own.mjs", "default": "./no.cjs" } } }',
      'own.mjs': 'export default "own"',
      'part.mjs': 'export default "part"',
      'no.cjs': 'module.exports = "no"',
    },
  ),
  // Without `development`: vitest starts its processes with that one, and so their threads have it.
  row(
    'the conditions of a package',
    '[conditional, required, noModule, esOnly]',
    'import conditional from "conditional"\nimport required from "./required.cjs"\nimport noModule from "no-module"\nimport esOnly from "es-only"',
    {
      'required.cjs': 'module.exports = require("conditional")',
      'node_modules/conditional/package.json':
        '{ "exports": { "browser": "./w.mjs", "module": "./w.mjs", "bun": "./w.mjs", "production": "./w.mjs", "node": { "import": "./i.mjs", "require": "./r.cjs" }, "default": "./w.mjs" } }',
      'node_modules/conditional/i.mjs': 'export default "import"',
      'node_modules/conditional/r.cjs': 'module.exports = "require"',
      'node_modules/conditional/w.mjs': 'export default "wrong"',
      'node_modules/no-module/package.json':
        '{ "main": "./main.cjs", "module": "./module.mjs", "browser": "./b.cjs" }',
      'node_modules/no-module/main.cjs': 'module.exports = "main"',
      'node_modules/no-module/module.mjs': 'export default "module"',
      'node_modules/es-only/package.json':
        '{ "module": "./module.mjs", "jsnext:main": "./module.mjs" }',
      'node_modules/es-only/index.js': 'module.exports = "index"',
      'node_modules/es-only/module.mjs': 'export default "module"',
    },
  ),
  row('conditions that newer lines of Node know', 'picked', 'import picked from "picky"', {
    'node_modules/picky/package.json':
      '{ "exports": { "module-sync": "./sync.mjs", "node-addons": "./addons.mjs", "default": "./default.mjs" } }',
    'node_modules/picky/sync.mjs': 'export default "module-sync"',
    'node_modules/picky/addons.mjs': 'export default "node-addons"',
    'node_modules/picky/default.mjs': 'export default "default"',
  }),
  row(
    '"sideEffects": false in the own package',
    'globalThis.effects',
    'import "./effect.mjs"\nimport { unused } from "./other.mjs"\nimport * as all from "./third.mjs"\nexport { fourth } from "./fourth.mjs"',
    {
      'package.json': '{ "sideEffects": false }',
      'effect.mjs': '(globalThis.effects ??= []).push("effect")',
      'other.mjs': '(globalThis.effects ??= []).push("other"); export const unused = 1',
      'third.mjs': '(globalThis.effects ??= []).push("third"); export const one = 1',
      'fourth.mjs': '(globalThis.effects ??= []).push("fourth"); export const fourth = 1',
    },
  ),
  row(
    '"sideEffects" of a part of the own package',
    'globalThis.someEffects',
    'import "./lib/effect.mjs"\nimport "#other"',
    {
      'package.json': '{ "sideEffects": ["./styles/*"], "imports": { "#other": "./other.mjs" } }',
      'lib/effect.mjs': '(globalThis.someEffects ??= []).push("effect")',
      'other.mjs': '(globalThis.someEffects ??= []).push("other")',
    },
  ),
  row(
    'the order of evaluation',
    'globalThis.order',
    '(globalThis.order ??= []).push("main")\nimport "./a.mjs"\nimport "./c.cjs"\nimport "./b.mjs"',
    {
      'a.mjs': 'import "./deep.mjs"; (globalThis.order ??= []).push("a")',
      'b.mjs': 'import "./deep.mjs"; (globalThis.order ??= []).push("b")',
      'deep.mjs': '(globalThis.order ??= []).push("deep")',
      'c.cjs': '(globalThis.order ??= []).push("c"); require("./d.cjs")',
      'd.cjs': '(globalThis.order ??= []).push("d")',
    },
  ),
  row(
    'the order of evaluation in a cycle',
    '[globalThis.cycle, f(), g()]',
    'import { f } from "./f.mjs"\nimport { g } from "./g.mjs"',
    {
      'f.mjs':
        'import { g } from "./g.mjs"; (globalThis.cycle ??= []).push("f"); export function f() { return "f" + typeof g }',
      'g.mjs':
        'import { f } from "./f.mjs"; (globalThis.cycle ??= []).push("g" + typeof f); export function g() { return "g" + f() }',
    },
  ),
  row(
    'await at the top, one after the other',
    'globalThis.awaited',
    'import "./slow.mjs"\n;(globalThis.awaited ??= []).push("main")',
    {
      'slow.mjs':
        '(globalThis.awaited ??= []).push("before"); await new Promise((resolve) => setTimeout(resolve, 5)); globalThis.awaited.push("after")',
    },
  ),
  row(
    'import() of names made when the code runs',
    '[(await load("a")).it, (await load("b")).it, (await import(String("./lib/a.mjs"))).it]',
    'const load = (name) => import(`./lib/${name}.mjs`)',
    {
      'lib/a.mjs': 'export const it = "a"',
      'lib/b.mjs': 'export const it = "b"',
    },
  ),
  row(
    'import() of such names beside installed packages',
    '[(await load("own")).it, (await load("lib/deep")).it, (await any("own.mjs")).it, (await any("note.txt").catch(({ code }) => code)), (await load("node_modules/loud/main")).it, byRequire]',
    'const load = (name) => import(`./${name}.mjs`)\nconst any = (name) => import("./" + name)\nimport byRequire from "./required.cjs"',
    {
      'own.mjs': 'export const it = "own"',
      'lib/deep.mjs': 'export const it = "deep"',
      'note.txt': '',
      'required.cjs':
        'const load = (name) => require(`./${name}.cjs`); module.exports = [load("lib/common"), load("node_modules/loud/common")]',
      'lib/common.cjs': 'module.exports = "common"',
      'node_modules/loud/main.mjs': 'export const it = "a package"',
      'node_modules/loud/common.cjs': 'module.exports = "of a package"',
    },
  ),
  row(
    'a module twice by a query',
    '[one === two, url]',
    'import one from "./object.mjs?1"\nimport two, { url } from "./object.mjs?2"',
    {
      'object.mjs': 'export default {}; export const url = import.meta.url',
    },
  ),
  row(
    'a namespace',
    '[Object.keys(ns), ns[Symbol.toStringTag]]',
    'import * as ns from "./ns.mjs"',
    {
      'ns.mjs': 'export const b = 1, a = 2; export default 3',
    },
  ),
  row(
    'bindings that live on',
    '[before, count]',
    'import { count, more } from "./count.mjs"\nconst before = count; more()',
    {
      'count.mjs': 'export let count = 0; export const more = () => { count++ }',
    },
  ),
  row(
    'a .js file by the type of its package',
    '[one, two]',
    'import one from "./es/one.js"\nimport two from "./common/two.js"',
    {
      'es/package.json': '{ "type": "module" }',
      'es/one.js': 'export default typeof this',
      'common/package.json': '{ "type": "commonjs" }',
      'common/two.js': 'byType = typeof this; module.exports = byType',
    },
  ),
  row(
    'a hashbang and a byte order mark',
    '[bang, bom]',
    'import bang from "./bang.mjs"\nimport bom from "./bom.mjs"',
    {
      'bang.mjs': '#!/usr/bin/env node\nexport default "bang"',
      'bom.mjs': '\uFEFFexport default "bom"',
    },
  ),
]
