import { renamedIn } from './mappings.ts'
import { decoded, isAscii } from './output-bytes.ts'
import type { OutputBytes } from './output-bytes.ts'

/** The name under which an image knows what gives a function or class its name. */
const NAMED = '__moultNamed'
/** Gives the name of a property to the function that is assigned to it. */
const NAMES = '__moultNames'

/** The output of a build. */
export interface NamedOutput {
  readonly output: OutputBytes
  /** Its source map. */
  readonly map: string
  /** After it code may be added. */
  readonly banner: string
  /** The text of an input, if it is one. */
  readonly textOf: (input: string) => string | undefined
}

/**
 * Functions and classes have the names that the sources give them. The modules of an image share one scope, in which the
 * bundler renames what is there twice: that must not be seen. To be called when modules have been replaced.
 */
export function editNames(given: NamedOutput): void {
  const { output, banner } = given
  const isReplaced = output.replaced
  let isAny = false
  const hoisted: string[] = []
  const setters = new Set<string>()
  for (const { start, name, id: bytes, kind } of namesIn(given)) {
    if (isReplaced(start)) continue
    isAny = true
    const id = decoded(bytes)
    const quoted = JSON.stringify(name)
    if (kind === 'hoisted') hoisted.push(`${NAMED}(${id}, ${quoted});`)
    else if (kind === 'value') setters.add(name)
    const by = added(kind, id, quoted)
    if (by !== '') output.edit({ start, end: start, by })
  }
  if (!isAny) return
  const at = output.code.indexOf(banner) + banner.length
  output.edit({ start: at, end: at, by: ` ${NAMING} ${naming(setters)}${hoisted.join(' ')}` })
}

function added(kind: Found['kind'], id: string, quoted: string): string {
  switch (kind) {
    case 'hoisted':
      return ''
    case 'declared':
      return `${NAMED}(${id}, ${quoted}); `
    case 'class':
      return ` static { ${NAMED}(this, ${quoted}); }`
    case 'value':
      return `${NAMES}[${quoted}] = `
  }
}

/** A static member of that name stays. */
const NAMING =
  `function ${NAMED}(value, name) { const own = Object.getOwnPropertyDescriptor(value, "name"); ` +
  'if (own === undefined || (typeof own.value === "string" && !own.writable)) Object.defineProperty(value, "name", { value: name, configurable: true }); }'

function naming(names: ReadonlySet<string>): string {
  const setters = [...names].map((name) => {
    const quoted = JSON.stringify(name)
    return `set [${quoted}](value) { ${NAMED}(value, ${quoted}); }`
  })
  return `var ${NAMES} = { ${setters.join(', ')} }; `
}

/** A function or a class whose name in the output is not its own. */
interface Found {
  /** Where something is to be added. */
  readonly start: number
  readonly name: string
  /** Its name in the output. */
  readonly id: string
  /** `hoisted`: there from the start. `declared`: in a block. `class`: after its brace. `value`: in front of it. */
  readonly kind: 'hoisted' | 'declared' | 'class' | 'value'
}

function* namesIn(given: NamedOutput): Generator<Found> {
  const {
    output: { code },
    map,
  } = given
  const seen = new Set<number>()
  for (const found of [...renamed(code, map), ...selfNamed(code), ...unnamed(given)]) {
    // The first to be found knows the name of the source.
    if (seen.has(found.start)) continue
    seen.add(found.start)
    yield found
  }
}

function* renamed(code: string, map: string): Generator<Found> {
  const { mappings, names } = JSON.parse(map) as { mappings: string; names: string[] }
  let line = 0
  let lineStart = 0
  for (const at of renamedIn({ mappings, names })) {
    for (; line < at.line; line++) lineStart = code.indexOf('\n', lineStart) + 1
    const start = placeIn(code, lineStart, at.column)
    const id = renamedAt(code, start, at.name)
    if (id === undefined) continue
    const found = named({ code, start, id, name: at.name, lineStart })
    if (found !== undefined) yield found
  }
}

/** A source map counts characters. */
function placeIn(code: string, lineStart: number, column: number): number {
  const plain = lineStart + column
  if (isAscii(code.slice(lineStart, plain))) return plain
  const end = code.indexOf('\n', lineStart)
  const text = decoded(code.slice(lineStart, end < 0 ? code.length : end))
  return lineStart + Buffer.byteLength(text.slice(0, column))
}

interface Place {
  readonly code: string
  /** Of the identifier. */
  readonly start: number
  readonly id: string
  readonly name: string
  readonly lineStart: number
}

function named(place: Place): Found | undefined {
  const { code, start, id, name, lineStart } = place
  const before = code.slice(Math.max(lineStart, start - 16), start)
  if (/(?:^|[^\w$.])class $/.test(before)) return ofClass(place, start)
  if (code.startsWith(' = ', start + id.length)) return assigned(place)
  const [written] = /(?<![\w$.])(?:async )?function\*? $/.exec(before) ?? []
  if (written === undefined) return undefined
  const from = start - written.length
  if (from === 0 || code[from - 1] === '\n') return { start: from, id, name, kind: 'hoisted' }
  if (isStatement(code, from, lineStart)) return { start: from, id, name, kind: 'declared' }
  return mayBeAssigned(code, from) ? { start: from, id, name, kind: 'value' } : undefined
}

/** What is assigned to a name has that name, if it has none of its own. */
function assigned({ code, start, id, name }: Place): Found | undefined {
  const value = start + id.length + ' = '.length
  const rest = code.slice(value, value + 300)
  if (/^class(?: extends\b| \{)/.test(rest)) {
    return ofClass({ code, id, name, start: value, lineStart: 0 }, value)
  }
  const isFunction =
    /^(?:async )?function\*? ?\(/.test(rest) ||
    /^(?:async )?[\w$]+ =>/.test(rest) ||
    isArrow(code, value) ||
    isInBrackets(code, value)
  return isFunction ? { start: value, id, name, kind: 'value' } : undefined
}

function isArrow(code: string, start: number): boolean {
  const open = code.startsWith('async (', start) ? start + 'async '.length : start
  if (code[open] !== '(') return false
  return code.startsWith(' =>', closing(code, open) + 1)
}

/** A function in brackets that is not called at once. */
function isInBrackets(code: string, start: number): boolean {
  if (code[start] !== '(') return false
  const isFunction = /^(?:async )?function\*? ?\(/.test(code.slice(start + 1, start + 30))
  const after = code[closing(code, start) + 1] ?? '\n'
  return (isFunction || isArrow(code, start + 1)) && /[;,\n]/.test(after)
}

function ofClass({ code, id, name }: Place, start: number): Found | undefined {
  const brace = bodyOf(code, start)
  return brace === undefined ? undefined : { start: brace + 1, id, name, kind: 'class' }
}

const SELF_NAMED = ' = class _'

/** `class _Name`, as the bundler writes a class that names itself, under its variable. */
function* selfNamed(code: string): Generator<Found> {
  for (const at of placesOf(code, SELF_NAMED)) {
    const id = identifierBefore(code, at)
    const start = at + SELF_NAMED.length - 1
    const [inner = ''] = /^[\w$]+(?= extends\b| \{)/.exec(code.slice(start, start + 200)) ?? []
    const name = isOf(id, inner.slice(1)) ? inner.slice(1) : id
    if (id === '' || !isOf(inner, `_${name}`)) continue
    const found = ofClass({ code, id, name, start, lineStart: 0 }, start)
    if (found !== undefined) yield found
  }
}

/** A default export without a name. The bundler makes one of its file's name. */
function* unnamed({ output: { code }, textOf }: NamedOutput): Generator<Found> {
  for (const at of placesOf(code, '_default')) {
    const [end = '', after] = /^_default\d*(\(| = )?/.exec(code.slice(at, at + 40)) ?? []
    if (after === undefined) continue
    const id = identifierBefore(code, at) + end.slice(0, -after.length)
    const header = code.lastIndexOf('\n// ', at) + '\n// '.length
    const text = textOf(decoded(code.slice(header, code.indexOf('\n', header))))
    // A package may have been bundled before: then the name is its own.
    if (text === undefined || text.includes(id)) continue
    const start = at + end.length - after.length - id.length
    const lineStart = code.lastIndexOf('\n', at) + 1
    const found = named({ code, start, id, name: 'default', lineStart })
    if (found !== undefined) yield found
  }
}

/** Whether the bundler may have made `id` of a name. */
function isOf(id: string, name: string): boolean {
  return id.startsWith(name) && /^\d*$/.test(id.slice(name.length))
}

/** The name at a place, if it is the one of the source with a number behind it. */
function renamedAt(code: string, start: number, name: string): string | undefined {
  const bytes = isAscii(name) ? name : Buffer.from(name).toString('latin1')
  if (!code.startsWith(bytes, start)) return undefined
  const first = start + bytes.length
  let end = first
  while (isDigit(code.charCodeAt(end))) end++
  return end > first && !/[\w$\x80-\xff]/.test(code[end] ?? '') ? code.slice(start, end) : undefined
}

function isDigit(character: number): boolean {
  return character >= 48 && character <= 57
}

/** The identifier that ends at a place. */
function identifierBefore(code: string, end: number): string {
  return /[\w$\x80-\xff]*$/.exec(code.slice(Math.max(0, end - 200), end))?.[0] ?? ''
}

function* placesOf(code: string, text: string): Generator<number> {
  for (let at = code.indexOf(text); at >= 0; at = code.indexOf(text, at + 1)) yield at
}

/** Whether a declaration stands here, and no expression. */
function isStatement(code: string, start: number, lineStart: number): boolean {
  if (code.slice(lineStart, start).trim() !== '') return false
  const before = code.slice(0, lineStart).trimEnd()
  return /[;{}]$/.test(before)
}

/** Whether an assignment may stand here, without brackets. A label may be in front of a declaration on the next line. */
function mayBeAssigned(code: string, start: number): boolean {
  const before = code.slice(Math.max(0, start - 200), start)
  const isOnNextLine = /\n\s*$/.test(before)
  return (isOnNextLine ? /(?:[=(,[?]|=>)\s*$/ : /(?:[=(,[:?]|=>|\breturn)\s*$/).test(before)
}

/** The brace that begins the body of a class. */
function bodyOf(code: string, start: number): number | undefined {
  for (let at = start; at < code.length; at++) {
    const character = code[at] ?? ''
    if (character === '{') return at
    if (character === '(' || character === '[') at = closing(code, at)
    else if (/["'`]/.test(character)) at = endOfText(code, at)
  }
  return undefined
}

/** Where the bracket is closed that is opened at a place. */
function closing(code: string, open: number): number {
  let depth = 0
  for (let at = open; at < code.length; at++) {
    const character = code[at] ?? ''
    if ('([{'.includes(character)) depth++
    else if (')]}'.includes(character) && --depth === 0) return at
    else if (/["'`]/.test(character)) at = endOfText(code, at)
  }
  return code.length
}

function endOfText(code: string, start: number): number {
  for (let at = start + 1; at < code.length; at++) {
    if (code[at] === '\\') at++
    else if (code[at] === code[start]) return at
  }
  return code.length
}
