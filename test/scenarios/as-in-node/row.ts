/** A small project, which means the same in a process and in plain Node. */
export interface Row {
  readonly name: string
  /** Texts by path. `main.mjs`, or the `entry`, exports a definition by default; its call `it` says what there is, as JSON. */
  readonly files: Readonly<Record<string, string>>
  /** The file that is loaded, where it is not `main.mjs`. */
  readonly entry?: string
  /** The result, for what not all lines of Node run. Otherwise it is asked of Node. */
  readonly expected?: unknown
}

/** An ES module that exports a definition, whose call `it` returns a value, or what a promise is for, as JSON. */
export function main(it: string, imports = ''): string {
  return `${imports}\nexport default { version: '1.0.0', init: () => ({}), calls: { it: async () => JSON.stringify(await (${it})) } }\n`
}

/** A row whose `main.mjs` says what a CommonJS module exports. */
export function common(name: string, text: string, files: Row['files'] = {}): Row {
  const entry = main('said', `import said from './said.cjs'`)
  return { name, files: { 'main.mjs': entry, 'said.cjs': text, ...files } }
}
