// @module-tag once
import { execFile, fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parsePage, readPages, root } from './pages.ts'
import type { Page } from './pages.ts'
import { commandsOf, comparable, programsOf } from './programs.ts'
import type { ProgramFile } from './programs.ts'
import { TypeCheck, javaScriptOf } from './type-check.ts'

/** What the child says of a program that has run. */
interface Ending {
  readonly file: string
  readonly lines: readonly string[]
  readonly error: string | undefined
}

/** Packages that the blocks may import, and the compiler and the search of `moult check`. */
const packages = [
  '@opentelemetry/api',
  '@types/node',
  'fast-check',
  'lib0',
  'pure-rand',
  'typescript',
  'undici-types',
  'yjs',
  'zod',
]

/** The changelog tells of single changes in passing. */
const pages = readPages().filter(({ file }) => file !== 'CHANGELOG.md')
const projects = pages
  .map((page) => ({ page: page.file, files: programsOf(page), commands: commandsOf(page) }))
  .filter(({ files }) => files.length > 0)
const printing = projects.flatMap(({ page, files }) =>
  files.flatMap(({ name, output }) => (output === undefined ? [] : [{ page, name, output }])),
)
const commands = projects.flatMap(({ page, commands: own }) =>
  own.map((each) => ({ page, ...each })),
)

let folder = ''
let child: ChildProcess | undefined
let exit: Promise<unknown> | undefined
let endings: ReadonlyMap<string, Ending> = new Map()
let faults: readonly string[] = []

const folderOf = (page: string): string => path.join(folder, page.replace(/\.md$/, ''))
const scriptOf = (file: string): string => file.replace(/\.ts$/, '.js')

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'moult-documents-')))
  await install()
  for (const { page, files } of projects) await write(folderOf(page), files)
  const running = runAll()
  // While the programs wait for their threads.
  faults = typeFaults()
  endings = await running
}, 300_000)

afterAll(async () => {
  child?.kill()
  await rm(folder, { recursive: true, force: true })
})

/** As in a user's project, by links. */
async function install(): Promise<void> {
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }')
  for (const name of packages) {
    const link = path.join(folder, 'node_modules', name)
    await mkdir(path.dirname(link), { recursive: true })
    await symlink(path.join(root, 'node_modules', name), link, 'junction')
  }
  await symlink(root, path.join(folder, 'node_modules/moult'), 'junction')
}

async function write(project: string, files: readonly ProgramFile[]): Promise<void> {
  await mkdir(project, { recursive: true })
  for (const { name, text } of files) {
    const file = path.join(project, name)
    await writeFile(file, text)
    await writeFile(scriptOf(file), javaScriptOf(text, file))
  }
}

function typeFaults(): string[] {
  const known = new Map(
    projects.flatMap(({ page, files }) =>
      files.map((each) => [path.join(folderOf(page), each.name), { page, ...each }] as const),
    ),
  )
  const texts = new Map([...known].map(([file, { text }]) => [file, text]))
  const check = new TypeCheck(folder, texts)
  return groups().flatMap((group) => {
    const own = group.flatMap(({ page, files }) => {
      return files.map(({ name }) => path.join(folderOf(page), name))
    })
    return check.faultsOf(own).map(({ file, line, message }) => {
      const { page = '', lines = [] } = known.get(file) ?? {}
      return `${page}:${lines[line] ?? 0}: ${message}`
    })
  })
}

/** What one page declares for the whole program must not be seen by another. */
function groups(): (typeof projects)[] {
  const declares = ({ files }: (typeof projects)[number]): boolean =>
    files.some(({ text }) => text.includes("declare module 'moult'"))
  const alone = projects.filter(declares).map((each) => [each])
  return [projects.filter((each) => !declares(each)), ...alone]
}

async function runAll(): Promise<Map<string, Ending>> {
  const programs = printing.map(({ page, name }) => {
    const file = path.join(folderOf(page), name)
    return { file, script: scriptOf(file) }
  })
  child = fork(path.join(import.meta.dirname, 'run-programs.mjs'), { cwd: folder, silent: true })
  const found = new Map<string, Ending>()
  child.on('message', (ending: Ending) => found.set(ending.file, ending))
  child.send(programs)
  exit = once(child, 'exit')
  await once(child, 'disconnect')
  return found
}

test('every block of TypeScript compiles', () => {
  expect(projects.length).toBeGreaterThan(0)
  expect(faults).toEqual([])
})

describe('a program prints what its page says', () => {
  test.each(printing)('$page: $name', ({ page, name, output }) => {
    const ending = endings.get(path.join(folderOf(page), name))
    expect(ending?.error).toBeUndefined()
    expect(comparable(ending?.lines.join('\n') ?? '')).toBe(comparable(output.join('\n')))
  })
})

test('every program has closed what it opened', async () => {
  await exit
  expect(child?.exitCode).toBe(0)
})

const run = promisify(execFile)
const LONG = { timeout: 180_000 }
const moult = path.join(root, 'dist/src/cli/main.js')

test.each(commands)('$page:$line: $command', LONG, async ({ page, command, output }) => {
  const project = folderOf(page)
  const { stdout } = await run(process.execPath, [moult, ...command.split(' ').slice(2)], {
    cwd: project,
  }).catch((error: unknown) => error as { readonly stdout: string })
  expect(comparable(stdout.replaceAll(project, '/shop'))).toBe(comparable(output.join('\n')))
})

test('every script of npm that a page names is there', async () => {
  const text = await readFile(path.join(root, 'package.json'), 'utf8')
  const { scripts } = JSON.parse(text) as { readonly scripts: Record<string, string> }
  const named = pages.flatMap(({ file, lines }) =>
    lines.flatMap((line) =>
      [...line.matchAll(/npm (?:run (?:--silent )?([\w:-]+)|(test|start)\b)/g)].map(
        ([, script, short]) => ({ file, script: script ?? short ?? '' }),
      ),
    ),
  )
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter(({ script }) => !(script in scripts))).toEqual([])
})

describe('what is tested is what stands in a page', () => {
  const fence = '```'
  const pageOf = (...lines: string[]): Page => parsePage('a.md', lines.join('\n'))

  test('a name goes with the first line, and a block without one goes on with main.ts', () => {
    const files = programsOf(
      pageOf(
        `${fence}ts`,
        '// a.ts',
        'one',
        fence,
        `${fence}ts`,
        'two',
        fence,
        `${fence}ts`,
        '// a.ts: more',
        'three',
        fence,
      ),
    )
    expect(files.map(({ name, lines }) => ({ name, lines }))).toEqual([
      { name: 'a.ts', lines: [2, 3, 9, 10] },
      { name: 'main.ts', lines: [6] },
    ])
  })

  test('what is printed stands beside it, or in the next block', () => {
    const [beside] = programsOf(
      pageOf(`${fence}ts`, 'console.log(1) // 1', 'console.log(2)', fence),
    )
    const [behind] = programsOf(
      pageOf(`${fence}ts`, 'console.log(1) // 1', fence, '', `${fence}text`, '2', fence),
    )
    expect([beside?.output, behind?.output]).toEqual([['1'], ['2']])
  })
})
