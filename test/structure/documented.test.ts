// @module-tag once
import ts from 'typescript'
import { expect, test } from 'vitest'
import { sourceFiles } from './source-tree.ts'

const files = sourceFiles('src', 'workers', 'testing')

interface Exported {
  readonly file: string
  readonly name: string
  readonly isDocumented: boolean
}

function exportsOf(tree: ts.SourceFile, file: string): Exported[] {
  return tree.statements.flatMap((statement) => {
    if (!ts.canHaveModifiers(statement)) return []
    const modifiers = ts.getModifiers(statement) ?? []
    if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return []
    const isDocumented = hasDoc(statement)
    return namesOf(statement).map((name) => ({ file, name, isDocumented }))
  })
}

function hasDoc(node: ts.Node): boolean {
  return ts.getJSDocCommentsAndTags(node).length > 0
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText())
  }
  if (
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  ) {
    return [statement.name?.text ?? 'default']
  }
  return []
}

const all = files.flatMap(({ tree, file }) => exportsOf(tree, file))

test('every name of the public entry has a doc comment where it is declared', () => {
  const index = files.find(({ file }) => file === 'src/index.ts')
  const names = (index?.tree.statements ?? []).flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || statement.exportClause === undefined) return []
    if (!ts.isNamedExports(statement.exportClause)) return []
    return statement.exportClause.elements.map(({ name }) => name.text)
  })
  expect(names.length).toBeGreaterThan(40)
  const undocumented = names.filter((name) => {
    return !all.some((each) => each.name === name && each.isDocumented)
  })
  expect(undocumented).toEqual([])
})

test('every export of src/ and workers/ has a doc comment', () => {
  // A constant and the type of the same name are one thing.
  const documented = new Set(all.filter((each) => each.isDocumented).map(key))
  expect(all.filter((each) => !documented.has(key(each))).map(key)).toEqual([])
})

function key({ file, name }: Exported): string {
  return `${file}: ${name}`
}

test('every public method of an exported class has a doc comment or says all by its name', () => {
  const publicClasses = ['Runtime', 'Code', 'ProcessRef', 'Messenger', 'MoultError']
  const missing = files.flatMap(({ tree }) =>
    tree.statements.filter(ts.isClassDeclaration).flatMap((declaration) => {
      if (!publicClasses.includes(declaration.name?.text ?? '')) return []
      return declaration.members
        .filter(ts.isMethodDeclaration)
        .filter(({ name }) => ts.isIdentifier(name))
        .filter((method) => !hasDoc(method))
        .map(({ name }) => `${declaration.name?.text ?? ''}.${name.getText()}`)
    }),
  )
  expect(missing).toEqual([])
})
