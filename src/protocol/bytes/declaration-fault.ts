/** What is wrong with declared classes or codecs. */
export interface DeclarationFault {
  readonly path: string
  readonly expected: string
  readonly received: unknown
}

const CODEC = '{ is, encode, decode }, each a function'
const FIELDS: readonly string[] = ['is', 'encode', 'decode']

/** The first thing that is wrong with `classes` and `codecs`. Undefined where nothing is. */
export function declarationFault(classes: unknown, codecs: unknown): DeclarationFault | undefined {
  return faultOfClasses(classes) ?? faultIn('codecs', codecs, faultOfCodec)
}

function faultOfClasses(classes: unknown): DeclarationFault | undefined {
  const seen = new Set<unknown>()
  return faultIn('classes', classes, (each) => {
    if (seen.has(each)) return 'a class that has one name'
    seen.add(each)
    return faultOfClass(each)
  })
}

function faultIn(
  field: string,
  entries: unknown,
  faultOf: (entry: unknown) => string | undefined,
): DeclarationFault | undefined {
  if (!isPlain(entries)) return { path: field, expected: 'a plain object', received: entries }
  for (const [name, entry] of Object.entries(entries)) {
    const expected = faultOf(entry)
    const path = `${field}[${JSON.stringify(name)}]`
    if (expected !== undefined) return { path, expected, received: entry }
  }
  return undefined
}

function faultOfCodec(codec: unknown): string | undefined {
  if (typeof codec !== 'object' || codec === null) return CODEC
  const areFunctions = FIELDS.every((name) => typeof Reflect.get(codec, name) === 'function')
  const hasOthers = Object.keys(codec).some((name) => !FIELDS.includes(name))
  return areFunctions && !hasOthers ? undefined : CODEC
}

function faultOfClass(given: unknown): string | undefined {
  if (typeof given !== 'function' || !isObject(given.prototype)) return 'a class'
  for (
    let prototype: object | null = given.prototype;
    prototype !== null && Object.getPrototypeOf(prototype) !== null;
    prototype = Object.getPrototypeOf(prototype) as object | null
  ) {
    const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
    if (typeof made !== 'function') continue
    if (isOfPlatform(made)) return 'a class of your own alone: a codec carries what extends others'
    if (hasPrivateFields(made))
      return 'a class without private fields (#name), which no copy has: use a codec'
  }
  return undefined
}

/** Whether a class is one of the language or of Node, of whose instances the fields do not tell what they are. */
function isOfPlatform(made: { readonly name: unknown }): boolean {
  const name = String(made.name)
  const text = textOf(made)
  if (text === `function ${name}() { [native code] }`) return true
  // What a program adds to the global object can be listed, what is there from the beginning cannot.
  const isListed = Object.prototype.propertyIsEnumerable.call(globalThis, name)
  return !isListed && Reflect.get(globalThis, name) === made
}

/**
 * Whether its text declares private fields and uses them: both, for `#` may stand in a text or a pattern, too. Those of
 * the class itself do no harm.
 */
function hasPrivateFields(made: object): boolean {
  const text = textOf(made)
  for (const [, isStatic, name = ''] of text.matchAll(DECLARED)) {
    if (isStatic === undefined && used(name).test(text)) return true
  }
  return false
}

const DECLARED =
  /(?<=[{};\s*])(static\s+(?:(?:async|get|set)\s+)?\*?\s*)?#([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*[=;(}\n]/gu

function used(name: string): RegExp {
  const own = `#${name.replaceAll('$', String.raw`\$`)}`
  return new RegExp(String.raw`\.\s*${own}(?![\p{ID_Continue}$])|${own}\s+in\s`, 'u')
}

function textOf(made: object): string {
  return Function.prototype.toString.call(made)
}

/** Of `{}`, of a module, or without a prototype; in any realm. */
function isPlain(value: unknown): value is object {
  if (!isObject(value) || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
