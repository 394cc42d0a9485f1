import type ts from 'typescript'
import type { Compiler } from './compiler.ts'

/** Global declarations of a project: the texts of each name. */
type Declarations = ReadonlyMap<string, string>

/**
 * Names that two sets of declaration files declare differently, or that only one declares, and names whose declarations
 * use such names. One program can have only one of the two.
 */
export function changedGlobals(
  ts: Compiler,
  before: readonly string[],
  after: readonly string[],
): ReadonlySet<string> {
  const one = declarationsIn(ts, before)
  const other = declarationsIn(ts, after)
  const names = new Set([...one.keys(), ...other.keys()])
  const changed = new Set([...names].filter((name) => one.get(name) !== other.get(name)))
  for (let size = -1; size !== changed.size;) {
    size = changed.size
    for (const name of names) {
      const text = `${one.get(name) ?? ''}\n${other.get(name) ?? ''}`
      if ([...changed].some((each) => mentions(text, each))) changed.add(name)
    }
  }
  // The main thread lends services to the newer version.
  changed.delete('moult')
  return changed
}

/** Whether a text uses a name of a global or of a module. */
export function mentions(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const [left = ' ', right = ' '] = [text[at - 1], text[at + name.length]]
    if (!/[\w$.]/.test(left) && !/[\w$]/.test(right)) return true
  }
  return false
}

function declarationsIn(ts: Compiler, texts: readonly string[]): Declarations {
  const found = new Map<string, string>()
  for (const text of texts) {
    const file = ts.createSourceFile('ambient.d.ts', text, ts.ScriptTarget.Latest, true)
    const isModule = ts.isExternalModule(file)
    for (const [name, own] of file.statements.flatMap((each) => namesIn(ts, each, isModule))) {
      // A global declared by a module may use anything in it.
      found.set(name, `${found.get(name) ?? ''}${isModule ? text : own}\n`)
    }
  }
  return found
}

function namesIn(
  ts: Compiler,
  statement: ts.Statement,
  isModule: boolean,
): readonly (readonly [name: string, text: string])[] {
  const text = statement.getText()
  if (ts.isModuleDeclaration(statement)) {
    const { body, flags, name } = statement
    if ((flags & ts.NodeFlags.GlobalAugmentation) === 0) {
      return isModule && ts.isIdentifier(name) ? [] : [[name.text, text]]
    }
    const inner = body !== undefined && ts.isModuleBlock(body) ? body.statements : []
    return inner.flatMap((each) => namesIn(ts, each, false))
  }
  if (isModule) return []
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => [name.getText(), text])
  }
  const { name } = statement as { readonly name?: ts.Node }
  return name === undefined ? [] : [[name.getText(), text]]
}
