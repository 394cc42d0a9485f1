import { build } from '../project/esbuild.ts'
import type { BuildFailure, Loader, Location, Message } from 'esbuild'
import path from 'node:path'
import { OWN_REQUIRE, createdRequires } from './created-require.ts'
import { EditedText } from './text-edits.ts'
import type { Edit } from './text-edits.ts'
import type { WidePattern } from './wide-patterns.ts'

/** A place where a module loads by a name made at run time. Line and column count from 1. */
export interface DynamicLoad {
  readonly line: number
  readonly column: number
  /** The source from there to the end of the line, cut if long. */
  readonly text: string
}

/** Loads of a module by a name that its text does not hold, or by a `require` that it has created. */
export interface Loads {
  /** Edits for the bundler: loads of literal names become plain `require`, others get the names below. */
  readonly edits: readonly Edit[]
  readonly dynamic: readonly DynamicLoad[]
  readonly wide: readonly WidePattern[]
  readonly usesRequire: boolean
  readonly usesImport: boolean
}

/** Where a load stands, and the word by which it loads. */
interface Place {
  readonly start: number
  readonly word: string
}

/** An `import()` that resolves from the user's file. */
export const OWN_IMPORT = '__moultImport'

const MAX_TEXT = 80

/** `createRequire`, an `import()` or `require` of more or less than a literal, or a `require` without a call. */
const WORTH_A_LOOK =
  /\bcreateRequire\b|\bimport\s*\(\s*(?!(?:"[^"\n]*"|'[^'\n]*')\s*\))|\brequire\b(?!\s*\(\s*(?:"[^"\n]*"|'[^'\n]*')\s*\)|\s*\.\s*resolve\b)/

/**
 * The loads of a module; undefined where it names all by literals.
 * @param patterns where names stand that are made at run time, though the bundler takes them for patterns
 */
export async function loadsOf(
  text: string,
  loader: Loader,
  patterns: ReadonlySet<number> = new Set(),
): Promise<Loads | undefined> {
  if (!WORTH_A_LOOK.test(text)) return undefined
  const created = await createdRequires(text, loader)
  const { edits: made = [], names = [], unknown = [] } = created ?? {}
  // The bundler does not see a created require under its own name; its calls with literals are edited by now.
  const renamed = names.map(({ start, end }, index) => ({ start, end, by: `__moultOther${index}` }))
  const scanned = new EditedText(text, [...made, ...renamed])
  const define = Object.fromEntries(names.map(({ name }) => [name, 'require']))
  const scan = await scanOf(scanned.text, loader, define)
  const found = scan.warnings.flatMap((message) => placeOf(message, scanned, text))
  const places = [...found, ...[...patterns].flatMap((at) => callOf(text, at))]
  const edits = places.flatMap(({ start, word }) => {
    const by = word === 'import' ? OWN_IMPORT : word === 'require' ? OWN_REQUIRE : undefined
    return by === undefined ? [] : [{ start, end: start + word.length, by }]
  })
  const starts = [...places.map(({ start }) => start), ...unknown].sort((a, b) => a - b)
  return {
    edits: [...made, ...edits],
    dynamic: [...new Set(starts)].map((start) => dynamicLoad(text, start)),
    wide: scan.errors.flatMap((message) => wideAt(message, scanned, text)),
    usesRequire: [...made, ...edits].some(({ by }) => by === OWN_REQUIRE),
    usesImport: edits.some(({ by }) => by === OWN_IMPORT),
  }
}

/** A folder that is not there, from which each pattern is an error. */
const NOWHERE = path.resolve('/moult-5f1c/nowhere')

/**
 * The loads that esbuild leaves to run time, as warnings, and patterns, as errors: it knows what each name means in its
 * scope.
 */
async function scanOf(
  contents: string,
  loader: Loader,
  define: Record<string, string>,
): Promise<{ readonly warnings: readonly Message[]; readonly errors: readonly Message[] }> {
  const { warnings, errors } = await build({
    stdin: { contents, loader, sourcefile: 'module', resolveDir: NOWHERE },
    bundle: true,
    write: false,
    external: ['*'],
    platform: 'node',
    format: 'esm',
    define,
    logLevel: 'silent',
    logLimit: 0,
    logOverride: {
      'unsupported-require-call': 'warning',
      'unsupported-dynamic-import': 'warning',
      'indirect-require': 'warning',
    },
    // The bundler refuses a text that cannot be parsed.
  }).catch((error: unknown) => error as BuildFailure)
  const ids = ['unsupported-require-call', 'unsupported-dynamic-import', 'indirect-require']
  return { warnings: warnings.filter(({ id }) => ids.includes(id)), errors }
}

/** The pattern that an error is about, if it goes through folders of any name. */
function wideAt({ text: said, location }: Message, scanned: EditedText, text: string) {
  const [, word, pattern = ''] = /^Could not resolve (require|import)\("(.*)"\)$/.exec(said) ?? []
  if (location === null || !pattern.includes('**')) return []
  return callOf(text, originalAt(location, scanned)).flatMap(
    ({ start, word: own }): WidePattern[] =>
      own === word ? [{ start, word: own === 'import' ? 'import' : 'require', pattern }] : [],
  )
}

function placeOf({ id, location }: Message, scanned: EditedText, text: string): readonly Place[] {
  if (location === null) return []
  const start = originalAt(location, scanned)
  const [word = ''] = /^[\w$]+/.exec(text.slice(start, start + location.length)) ?? []
  // Where only its options are made at run time, these are what esbuild names.
  if (id === 'unsupported-dynamic-import' && word !== 'import') return callWith(text, start)
  // `typeof require` and `require.cache`, say, load nothing.
  const isAsked = /\btypeof\s*$/.test(text.slice(Math.max(0, start - 12), start))
  const isPart = word !== 'import' && /^\s*\??\./.test(text.slice(start + word.length))
  return word === '' || isAsked || isPart ? [] : [{ start, word }]
}

/** Where a place of the scanned text is in the original. */
function originalAt(location: Location, scanned: EditedText): number {
  const lines = scanned.text.split('\n')
  const above = lines.slice(0, location.line - 1).reduce((sum, line) => sum + line.length + 1, 0)
  // esbuild counts bytes.
  const line = Buffer.from(lines[location.line - 1] ?? '')
  return scanned.original(above + line.subarray(0, location.column).toString().length)
}

/** The `import()` of a literal among whose options a place is. */
function callWith(text: string, option: number): readonly Place[] {
  const first = Math.max(0, option - 1000)
  const before = text.slice(first, option)
  const call = /(?<![\w$.])import\s*\(\s*(?:"[^"\n]*"|'[^'\n]*'|`[^`]*`)\s*,(?:(?!\bimport\b)[^])*$/
  const { index } = call.exec(before) ?? {}
  return index === undefined ? [] : [{ start: first + index, word: 'import' }]
}

/** The call of which a pattern is the argument. */
function callOf(text: string, pattern: number): readonly Place[] {
  const before = text.slice(Math.max(0, pattern - 200), pattern)
  const [call, word] =
    /(?<![\w$.])(require|import)\s*\(\s*(?:\/\*[^*]*\*\/\s*)*$/.exec(before) ?? []
  return call === undefined || word === undefined ? [] : [{ start: pattern - call.length, word }]
}

/** The load that begins at a place of a text. */
export function dynamicLoad(text: string, start: number): DynamicLoad {
  const first = text.lastIndexOf('\n', start - 1) + 1
  const line = text.slice(0, start).split('\n').length
  const rest = text.slice(start, start + MAX_TEXT).split(/\r?\n/)[0] ?? ''
  return { line, column: start - first + 1, text: rest.trimEnd() }
}
