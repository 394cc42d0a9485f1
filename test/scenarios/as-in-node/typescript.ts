import { main } from './row.ts'
import type { Row } from './row.ts'

interface Typed {
  readonly name: string
  readonly it: string
  readonly imports: string
  readonly expected: unknown
  readonly files?: Row['files']
}

const row = ({ name, it, imports, expected, files = {} }: Typed): Row => ({
  name,
  entry: 'main.ts',
  expected,
  files: { 'package.json': '{ "type": "module" }', 'main.ts': main(it, imports), ...files },
})

const tsconfig = (compilerOptions: object): string => JSON.stringify({ compilerOptions })

const fields = `class Base { constructor() { this.set() } set() {} }
class Fields extends Base { declared; given = 1; override set() { this.declared = 'by the constructor' } }`

/** What TypeScript makes of its syntax: Node strips types only, so each row says what the compiler makes. */
export const typescript: readonly Row[] = [
  row({
    name: 'enums',
    it: '[Color.Red, Color[1], Text.A, Late.B, Circle.Far]',
    imports:
      "enum Color { Red = 1, Blue }\nconst enum Text { A = 'a' }\nenum Late { A = 'xyz'.length, B = 4 }\nenum Circle { Near, Far }",
    expected: [1, 'Red', 'a', 4, 1],
  }),
  row({
    name: 'namespaces',
    it: '[Shapes.area(2), Shapes.Deep.name]',
    imports:
      "namespace Shapes { export const area = (r: number): number => r * r\nexport namespace Deep { export const name = 'deep' } }",
    expected: [4, 'deep'],
  }),
  row({
    name: 'parameter properties',
    it: '[new Point(1, 2).x, new Point(1, 2).sum]',
    imports:
      'class Point { sum = this.x + this.y; constructor(readonly x: number, private y: number) {} }',
    expected: [1, 3],
    files: { 'tsconfig.json': tsconfig({ useDefineForClassFields: false }) },
  }),
  row({
    name: 'fields that are defined',
    it: 'JSON.stringify(new Fields())',
    imports: fields,
    expected: '{"given":1}',
  }),
  row({
    name: 'fields that are assigned',
    it: 'JSON.stringify(new Fields())',
    imports: fields,
    expected: '{"declared":"by the constructor","given":1}',
    files: { 'tsconfig.json': tsconfig({ useDefineForClassFields: false }) },
  }),
  row({
    name: 'fields of an old target',
    it: 'JSON.stringify(new Fields())',
    imports: fields,
    expected: '{"declared":"by the constructor","given":1}',
    files: { 'tsconfig.json': tsconfig({ target: 'es2020' }) },
  }),
  row({
    name: 'paths',
    it: '[aliased, deep]',
    imports: "import { aliased } from '@/lib/aliased'\nimport { deep } from 'app'",
    expected: ['aliased', 'deep'],
    files: {
      'tsconfig.json': tsconfig({ paths: { '@/*': ['./*'], app: ['./lib/deep.ts'] } }),
      'lib/aliased.ts': "export const aliased: string = 'aliased'",
      'lib/deep.ts': "export const deep: string = 'deep'",
    },
  }),
  row({
    name: 'a configuration that extends another',
    it: 'JSON.stringify(new Fields())',
    imports: fields,
    expected: '{"declared":"by the constructor","given":1}',
    files: {
      'tsconfig.json': '{ "extends": "./base.json" }',
      'base.json': tsconfig({ useDefineForClassFields: false }),
    },
  }),
  row({
    name: 'standard decorators',
    it: '[new Point().x(), seen, Point.name]',
    imports:
      'const seen: string[] = []\nfunction twice(method: () => number, context: ClassMethodDecoratorContext) { seen.push(String(context.name)); return function (this: unknown) { return method.call(this) * 2 } }\nfunction mark(target: unknown, context: ClassDecoratorContext) { seen.push(context.kind, String(context.name)) }\n@mark class Point { @twice x(): number { return 2 } }',
    expected: [4, ['x', 'class', 'Point'], 'Point'],
  }),
  row({
    name: 'experimental decorators',
    it: '[new Point().x(), seen, Point.name, Point.self().name]',
    imports:
      'const seen: string[] = []\nfunction note(target: object, key: string) { seen.push(key) }\nfunction mark(target: { name: string }) { seen.push(target.name) }\n@mark class Point { @note x(): number { return 2 }\nstatic self() { return Point } }',
    expected: [2, ['x', 'Point'], 'Point', 'Point'],
    files: { 'tsconfig.json': tsconfig({ experimentalDecorators: true }) },
  }),
  row({
    name: 'imports of types only',
    it: 'typeof globalThis.typesOnly',
    imports:
      "import type { Shape } from './types.ts'\nimport { type Other } from './types.ts'\nlet shape: Shape & Other | undefined",
    expected: 'object',
    files: {
      'types.ts': 'globalThis.typesOnly = {}\nexport interface Shape {}\nexport interface Other {}',
      'tsconfig.json': tsconfig({ verbatimModuleSyntax: true }),
    },
  }),
  row({
    name: '.cts and .mts',
    it: '[common.kind, es.kind, typeof common.self]',
    imports: "import common from './common.cts'\nimport * as es from './es.mts'",
    expected: ['cts', 'mts', 'string'],
    files: {
      'common.cts': "const kind: string = 'cts'\nmodule.exports = { kind, self: __filename }",
      'es.mts': "export const kind: string = 'mts'",
    },
  }),
  row({
    name: 'metadata of decorators',
    it: '[told, new Service(new Other()).greet(1)]',
    imports: `const told: unknown[] = []
Object.assign(Reflect, { metadata: (key: string, value: unknown) => (target: { name?: string }, member?: string) => { told.push([key, member ?? target.name, [value].flat().map((each) => (each as { name?: string } | undefined)?.name ?? 'none')]) } })
const note = (): PropertyDecorator & ClassDecorator & MethodDecorator => () => undefined
class Other {}
@note()
class Service {
  @note() label!: string
  constructor(readonly other: Other) {}
  @note() greet(count: number): string { return this.other.constructor.name + count }
}`,
    expected: [
      [
        ['design:type', 'label', ['String']],
        ['design:returntype', 'greet', ['String']],
        ['design:paramtypes', 'greet', ['Number']],
        ['design:type', 'greet', ['Function']],
        ['design:paramtypes', 'Service', ['Other']],
      ],
      'Other1',
    ],
    files: {
      'tsconfig.json': '{ "extends": "./base.json" }',
      'base.json': tsconfig({ experimentalDecorators: true, emitDecoratorMetadata: true }),
    },
  }),
]
