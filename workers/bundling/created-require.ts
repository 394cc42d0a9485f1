import { transform } from '../project/esbuild.ts'
import type { Loader } from 'esbuild'
import { EditedText } from './text-edits.ts'
import type { Edit } from './text-edits.ts'

/** The uses of `createRequire` in a module, by places in its text. */
export interface CreatedRequires {
  /** Turns loads by a literal name into `require('x')`, which the bundler sees. */
  readonly edits: readonly Edit[]
  /** Other names of a created `require`. */
  readonly names: readonly Declared[]
  /** Uses that cannot be followed, or for another file: their loads are not known. */
  readonly unknown: readonly number[]
}

/** `const NAME = createRequire(import.meta.url)` */
interface Declared {
  readonly name: string
  readonly start: number
  readonly end: number
}

/** The ways in which a module names itself. */
const HERE =
  /\(\s*(?:import\.meta\.(?:url|filename)|__filename|fileURLToPath\(\s*import\.meta\.url\s*\)|new\s+URL\(\s*import\.meta\.url\s*\))\s*,?\s*\)/
    .source
const LITERAL = /\s*\(\s*(?:"[^"\\\n]*"|'[^'\\\n]*')(?=\s*\))/.source
const DECLARATION = /\b(?:const|let|var)\s+$/
const ALIAS = /\bcreateRequire\s*(?:as\s|:)\s*([\w$]+)/g

/** A `require` that resolves from the user's file, unlike the bundler's, which resolves from the image. */
export const OWN_REQUIRE = '__moultRequire'

/** The new name of a declared `require`. */
const GONE = '__moultCreated'

/** Finds the created requires; undefined where a text has none. Those in strings and comments are left out. */
export async function createdRequires(
  text: string,
  loader: Loader,
): Promise<CreatedRequires | undefined> {
  if (!text.includes('createRequire')) return undefined
  const found = [...occurrences(text)]
  const real = await onlyCode(text, loader, found)
  const declared = real.flatMap(({ declared: each }) => each ?? [])
  const isClear = ({ name }: Declared): boolean => isBoundOnce(text, name)
  const clear = declared.filter(isClear)
  const unclear = declared.filter((each) => !isClear(each))
  const edits = [
    ...real.flatMap(({ isCalled, start, end }) =>
      isCalled ? [{ start, end, by: ' require' }] : [],
    ),
    ...clear
      .filter(({ name }) => name === 'require')
      .map(({ start, end }, index) => ({ start, end, by: GONE + String(index) })),
    ...(await references(text, loader, clear)),
  ]
  const others = real.filter((each) => !each.isCalled && each.declared === undefined)
  const unknown = [...others.filter(({ isOwn }) => !isOwn), ...unclear].map(({ start }) => start)
  return { edits, names: clear.filter(({ name }) => name !== 'require'), unknown }
}

/** One use of `createRequire`, by its places in the text. */
interface Occurrence {
  readonly start: number
  readonly end: number
  /** Whether the created `require` is called at once, with a literal name. */
  readonly isCalled: boolean
  /** Whether only a path is asked for. */
  readonly isOwn: boolean
  readonly declared: Declared | undefined
}

function* occurrences(text: string): Generator<Occurrence> {
  const aliases = [...text.matchAll(ALIAS)].flatMap(([, alias]) => alias ?? [])
  const names = ['(?:[\\w$]+\\s*\\.\\s*)*createRequire', ...aliases.map(escaped)].join('|')
  const use = new RegExp(`(?<![\\w$.])(?:${names})(?:${HERE}|(?=\\s*\\())`, 'g')
  const isLiteral = new RegExp(`^${LITERAL}`)
  for (const { index: start, 0: used } of text.matchAll(use)) {
    const end = start + used.length
    const rest = text.slice(end, end + 200)
    const isHere = used.endsWith(')')
    // An alias can only be recognised by its argument.
    if (!isHere && !/createRequire$/.test(used)) continue
    const isCalled = isHere && isLiteral.test(rest)
    const isOwn = isHere && /^\s*\.\s*resolve\b/.test(rest)
    const isPlain = isHere && !isCalled && !/^\s*[.([]/.test(rest)
    yield { start, end, isCalled, isOwn, declared: isPlain ? declaredBy(text, start) : undefined }
  }
}

function declaredBy(text: string, start: number): Declared | undefined {
  const before = text.slice(Math.max(0, start - 200), start)
  const [assigned, name] =
    /([\w$]+)\s*(?::\s*[\w$.]+\s*)?=\s*(?:\/\*[^*]*\*\/\s*)?$/.exec(before) ?? []
  if (assigned === undefined || name === undefined) return undefined
  const at = start - assigned.length
  if (!DECLARATION.test(text.slice(Math.max(0, at - 20), at))) return undefined
  return { name, start: at, end: at + name.length }
}

/** The uses that are code: the compiler replaces an unknown name in code only. */
async function onlyCode(
  text: string,
  loader: Loader,
  found: readonly Occurrence[],
): Promise<readonly Occurrence[]> {
  if (found.length === 0) return []
  const names = found.map((_, index) => `__moultUse${index}_`)
  const marked = found.map(({ start, end }, index) => ({ start, end, by: names[index] ?? '' }))
  const define = Object.fromEntries(names.map((name) => [name, `${name}seen`]))
  const code = await transformed(new EditedText(text, marked).text, loader, define)
  return found.filter((_, index) => code.includes(`__moultUse${index}_seen`))
}

/** One use of the name of a created `require`, with a mark to recognise it by. */
interface Reference extends Edit {
  readonly declaration: number
  readonly mark: (name: string) => Edit
  /** Matches the compiler's output if the use is code and refers to the declaration. */
  readonly shows: (by: string, name: string) => RegExp
}

/** The uses to rename with the declaration, where the name has no other meaning. */
async function references(
  text: string,
  loader: Loader,
  declared: readonly Declared[],
): Promise<readonly Edit[]> {
  const found = declared.flatMap(({ name }, declaration) => {
    return name === 'require' ? requests(text, declaration) : calls(text, name, declaration)
  })
  if (found.length === 0) return []
  const gone = declared.map(({ start, end }, index) => ({ start, end, by: GONE + String(index) }))
  const marks = found.map(({ mark }, index) => mark(`__moultMark${index}_`))
  const by = (declaration: number): string => `__moultBy${declaration}_`
  const define = Object.fromEntries(declared.map(({ name }, index) => [name, by(index)]))
  const code = await transformed(new EditedText(text, [...gone, ...marks]).text, loader, define)
  return found.filter(({ declaration, shows }, index) => {
    return shows(by(declaration), `__moultMark${index}_`).test(code)
  })
}

/** Calls with literals under another name, which the bundler does not see. */
function calls(text: string, name: string, declaration: number): Reference[] {
  const call = new RegExp(`(?<![\\w$.])${escaped(name)}(${LITERAL})`, 'g')
  return [...text.matchAll(call)].map(({ index: start, 0: whole }) => ({
    declaration,
    start,
    end: start + name.length,
    by: 'require',
    mark: (mark) => ({ start: start + whole.length, end: start + whole.length, by: `,"${mark}"` }),
    shows: (by, mark) => new RegExp(`${by}\\([^()]*,"${mark}"`),
  }))
}

/** `require.resolve` and the like, which stay those of the module's own `require`. */
function requests(text: string, declaration: number): Reference[] {
  return [...text.matchAll(/(?<![\w$.])require(?=\s*\??\.)/g)].map(({ index: start }) => {
    const end = start + 'require'.length
    return {
      declaration,
      start,
      end,
      by: OWN_REQUIRE,
      mark: (mark) => ({ start: end, end, by: `.${mark}` }),
      shows: (by, mark) => new RegExp(`${by}\\.${mark}`),
    }
  })
}

function escaped(name: string): string {
  return name.replaceAll('$', '\\$')
}

/** Whether a name is declared once, so that it means the same wherever it is no parameter. */
function isBoundOnce(text: string, name: string): boolean {
  const own = escaped(name)
  const binding = new RegExp(
    `\\b(?:const|let|var|class|function\\s*\\*?)\\s+${own}(?![\\w$])|,\\s*${own}\\s*=(?![=>])`,
    'g',
  )
  return [...text.matchAll(binding)].length === 1
}

/** The transformed text; empty where it cannot be parsed, which the bundler will report. */
async function transformed(
  text: string,
  loader: Loader,
  define: Record<string, string>,
): Promise<string> {
  const options = { loader, define, minifyWhitespace: true, logLevel: 'silent' } as const
  const { code } = await transform(text, options).catch(() => ({ code: '' }))
  return code
}
