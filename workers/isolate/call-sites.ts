import { findSourceMap } from 'node:module'

type Prepare = (error: Error, sites: NodeJS.CallSite[]) => unknown

/** Where a call site is in a source. */
interface Origin {
  readonly source: string
  readonly line: number
  readonly column: number
}

/**
 * Lets a program's own `Error.prepareStackTrace` see source files. Node maps the places of a stack to the sources after
 * that, so a program would see those of the image.
 */
export function mapCallSites(): void {
  const own: unknown = Reflect.get(Error, 'prepareStackTrace')
  let current: unknown = own
  Object.defineProperty(Error, 'prepareStackTrace', {
    configurable: true,
    enumerable: false,
    get: () => current,
    set: (prepare: unknown) => {
      const isOther = typeof prepare === 'function' && prepare !== own && !mapping.has(prepare)
      current = isOther ? withSources(prepare as Prepare) : prepare
    },
  })
}

/** Those that see sources already. A program keeps the one that it finds, and puts it back. */
const mapping = new WeakSet<object>()

function withSources(prepare: Prepare): Prepare {
  const mapped: Prepare = (error, sites) => {
    return Reflect.apply(prepare, Error, [error, sites.map(inSource)])
  }
  Object.defineProperty(mapped, 'name', { value: prepare.name })
  mapping.add(mapped)
  return mapped
}

function inSource(site: NodeJS.CallSite): NodeJS.CallSite {
  const origin = originOf(site)
  if (origin === undefined) return site
  const told: Readonly<Record<string, () => unknown>> = {
    getFileName: () => origin.source,
    getScriptNameOrSourceURL: () => origin.source,
    getLineNumber: () => origin.line,
    getColumnNumber: () => origin.column,
    toString: () => textOf(site, origin),
  }
  // A call site answers only for itself, not for an object that inherits from it.
  return new Proxy(site, {
    get: (target, key) => {
      if (typeof key === 'string' && Object.hasOwn(told, key)) return told[key]
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

function originOf(site: NodeJS.CallSite): Origin | undefined {
  const [file, line, column] = [site.getFileName(), site.getLineNumber(), site.getColumnNumber()]
  if (!file || line === null || column === null) return undefined
  const entry = findSourceMap(file)?.findEntry(line - 1, column - 1)
  if (entry === undefined || !('originalSource' in entry)) return undefined
  const { originalSource: source, originalLine, originalColumn } = entry
  return { source, line: originalLine + 1, column: originalColumn + 1 }
}

/** As V8 writes it, with the place in the source. */
function textOf(site: NodeJS.CallSite, { source, line, column }: Origin): string {
  const image = `${String(site.getFileName())}:${String(site.getLineNumber())}:${String(site.getColumnNumber())}`
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- V8's text of a call site
  return String(site).replace(image, () => `${source}:${line}:${column}`)
}
