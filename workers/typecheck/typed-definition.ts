import type ts from 'typescript'
import type { Compiler } from './compiler.ts'

/** A checker with the compiler it belongs to. */
export interface Types {
  readonly ts: Compiler
  readonly checker: ts.TypeChecker
}

/** One version's definition with its precise types. */
export interface TypedDefinition {
  /** The argument of `defineProcess(...)`, or the exported object itself. */
  readonly node: ts.ObjectLiteralExpression
  /** Its type: every function with its own parameters and result, which `Definition<…>` forgets. */
  readonly type: ts.Type
  /** The type that `init` returns or resolves to. */
  readonly state: ts.Type
  /** The label, if the source holds it. */
  readonly version: string | undefined
}

/** How many names are followed from the default export to the definition. */
const MAX_STEPS = 20

/** The definition that a file exports by default; undefined when the export does not lead to an object literal. */
export function findDefinition(types: Types, entry: ts.SourceFile): TypedDefinition | undefined {
  const made = definitionOf(types, entry)
  const node = made && argumentOf(types, made)
  if (made === undefined || node === undefined) return undefined
  const type = types.checker.getTypeAtLocation(node)
  // The definition's state is inferred from all its members; that of `init` alone may be narrower.
  const state =
    stateOf(types, types.checker.getTypeAtLocation(made), node) ?? stateOf(types, type, node)
  if (state === undefined) return undefined
  return { node, type, state, version: versionOf(types, type, node) }
}

/** The type of a property, without undefined. */
export function propertyType(
  { checker }: Types,
  type: ts.Type,
  name: string,
  at: ts.Node,
): ts.Type | undefined {
  const property = checker.getPropertyOfType(type, name)
  if (property === undefined) return undefined
  return checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(property, at))
}

/** The call signature of a type, if it has one. */
export function signatureOf({ checker, ts }: Types, type: ts.Type): ts.Signature | undefined {
  return checker.getSignaturesOfType(type, ts.SignatureKind.Call)[0]
}

/** The type that a function returns or resolves to. */
export function resultOf({ checker }: Types, signature: ts.Signature): ts.Type {
  const result = checker.getReturnTypeOfSignature(signature)
  return checker.getAwaitedType(result) ?? result
}

function stateOf(types: Types, type: ts.Type, at: ts.Node): ts.Type | undefined {
  const init = propertyType(types, type, 'init', at)
  const signature = init && signatureOf(types, init)
  return signature && resultOf(types, signature)
}

function versionOf(types: Types, type: ts.Type, at: ts.Node): string | undefined {
  const { ts, checker } = types
  const property = checker.getPropertyOfType(type, 'version')
  const declaration = property?.valueDeclaration
  if (property === undefined || declaration === undefined) return undefined
  const label = ts.isPropertyAssignment(declaration)
    ? checker.getTypeAtLocation(declaration.initializer)
    : ts.isShorthandPropertyAssignment(declaration)
      ? checker.getTypeAtLocation(declaration.name)
      : checker.getTypeOfSymbolAtLocation(property, at)
  return label.isStringLiteral() ? label.value : undefined
}

/** `defineProcess(...)`, or an object literal. */
function definitionOf(types: Types, entry: ts.SourceFile): ts.Expression | undefined {
  const { checker } = types
  const module = checker.getSymbolAtLocation(entry)
  if (module === undefined) return undefined
  const named = checker.tryGetMemberInModuleExports('default', module)
  const exported = named ?? module.exports?.get(types.ts.InternalSymbolName.ExportEquals)
  const expression = exported && valueOf(types, exported)
  return expression && follow(types, expression)
}

function argumentOf(types: Types, made: ts.Expression): ts.ObjectLiteralExpression | undefined {
  const { ts } = types
  if (ts.isObjectLiteralExpression(made)) return made
  const [argument] = ts.isCallExpression(made) ? made.arguments : []
  const followed = argument && follow(types, argument)
  return followed && ts.isObjectLiteralExpression(followed) ? followed : undefined
}

/** Follows names, parentheses and assertions to their value. */
function follow(types: Types, start: ts.Expression): ts.Expression | undefined {
  const { ts, checker } = types
  let at: ts.Expression | undefined = start
  for (let step = 0; at !== undefined && step < MAX_STEPS; step++) {
    if (ts.isObjectLiteralExpression(at)) return at
    if (ts.isCallExpression(at)) return isDefineProcess(types, at) ? at : undefined
    if (isWrapped(ts, at)) at = at.expression
    else {
      const symbol = checker.getSymbolAtLocation(at)
      at = symbol && valueOf(types, symbol)
    }
  }
  return undefined
}

function isWrapped(
  ts: Compiler,
  node: ts.Node,
): node is ts.ParenthesizedExpression | ts.AssertionExpression | ts.SatisfiesExpression {
  return (
    ts.isParenthesizedExpression(node) ||
    ts.isAssertionExpression(node) ||
    ts.isSatisfiesExpression(node)
  )
}

function isDefineProcess({ ts, checker }: Types, call: ts.CallExpression): boolean {
  const declaration = checker.getResolvedSignature(call)?.declaration
  const name =
    declaration && ts.isFunctionDeclaration(declaration) ? declaration.name?.text : undefined
  // Without moult's declarations there is only the type that the user wrote.
  return name === undefined
    ? /\bdefineProcess$/.test(call.expression.getText())
    : name === 'defineProcess'
}

/** The value of a name in its declaration. */
function valueOf({ ts, checker }: Types, symbol: ts.Symbol): ts.Expression | undefined {
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0
  const { declarations } = isAlias ? checker.getAliasedSymbol(symbol) : symbol
  for (const declaration of declarations ?? []) {
    if (ts.isExportAssignment(declaration)) return declaration.expression
    if (ts.isVariableDeclaration(declaration)) return declaration.initializer
    const assignment = ts.isBinaryExpression(declaration) ? declaration : declaration.parent
    if (ts.isBinaryExpression(assignment)) return assignment.right
  }
  return undefined
}
