import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const folder = fileURLToPath(new URL('../../src/', import.meta.url))

/** The public functions and methods that take options by their sources, as `Code.upgrade` or `createRuntime`. */
export function takersOfOptions(index = read('index.ts')): string[] {
  return exportsOf(index).flatMap(({ file, names }) => {
    return read(file).statements.flatMap((each) => takersIn(each, names))
  })
}

function read(file: string): ts.SourceFile {
  const text = readFileSync(path.join(folder, file), 'utf8')
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
}

/** What the index exports, by the file that declares it. */
function exportsOf(index: ts.SourceFile): { readonly file: string; readonly names: Set<string> }[] {
  return index.statements.filter(ts.isExportDeclaration).map((each) => {
    const { exportClause, moduleSpecifier } = each
    if (!moduleSpecifier || !exportClause || !ts.isNamedExports(exportClause)) {
      throw new Error(`names are exported from files: ${each.getText()}`)
    }
    const names = exportClause.elements.map(({ name }) => name.text)
    return { file: (moduleSpecifier as ts.StringLiteral).text, names: new Set(names) }
  })
}

function takersIn(statement: ts.Statement, names: ReadonlySet<string>): string[] {
  const isPublic = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)
  if (!isPublic || !names.has(statement.name?.text ?? '')) return []
  const name = statement.name?.text ?? ''
  if (ts.isFunctionDeclaration(statement)) return takesOptions(statement) ? [name] : []
  return statement.members.flatMap((member) => {
    const isOwn = ts.isMethodDeclaration(member) || ts.isConstructorDeclaration(member)
    if (!isOwn || isHidden(member) || !takesOptions(member)) return []
    return `${name}.${member.name?.getText() ?? 'constructor'}`
  })
}

function takesOptions({ parameters }: ts.SignatureDeclaration): boolean {
  return parameters.some(({ name }) => /\boptions$/i.test(name.getText().replace(/[[\]{} ]/g, '')))
}

/** Whether no user can call it. */
function isHidden(member: ts.ClassElement): boolean {
  const isInternal = ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal')
  const name = member.name
  return isInternal || (name !== undefined && ts.isPrivateIdentifier(name))
}
