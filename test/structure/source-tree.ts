import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** One import, re-export or `import()` (types too) of a source file. */
export interface Edge {
  readonly from: string
  /** A path relative to the root for one of our own files, else the package's name. */
  readonly to: string
  readonly isOwn: boolean
  readonly isReExport: boolean
}

export interface SourceFile {
  /** Relative to the root, with slashes. */
  readonly file: string
  readonly text: string
  readonly tree: ts.SourceFile
  readonly edges: readonly Edge[]
}

/** All TypeScript files of some folders of the repository, parsed. */
export function sourceFiles(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => parse(path.posix.join(folder, name.split(path.sep).join('/')))),
  )
}

function parse(file: string): SourceFile {
  const text = readFileSync(path.join(root, file), 'utf8')
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const edges: Edge[] = []
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node)
    if (specifier !== undefined) edges.push(edge(file, specifier, ts.isExportDeclaration(node)))
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return { file, text, tree, edges }
}

/** `import … from`, `export … from`, `import('…')` as an expression and as a type. */
function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return textOf(node.moduleSpecifier)
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return textOf(node.arguments[0])
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return textOf(node.argument.literal)
  }
  return undefined
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteral(node) ? node.text : undefined
}

function edge(from: string, specifier: string, isReExport: boolean): Edge {
  const isOwn = specifier.startsWith('.')
  const to = isOwn ? path.posix.join(path.posix.dirname(from), specifier) : packageOf(specifier)
  return { from, to, isOwn, isReExport }
}

function packageOf(specifier: string): string {
  const [scope = '', name = ''] = specifier.split('/')
  return scope.startsWith('@') ? `${scope}/${name}` : scope
}
