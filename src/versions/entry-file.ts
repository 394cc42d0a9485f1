import { existsSync } from 'node:fs'
import { access, constants, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe } from '../protocol/bytes/clone-bytes.ts'
import { MoultError } from '../protocol/errors.ts'
import { isUrl } from './source.ts'

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cjs']

/** The file a version is made of, and the folder of the project it belongs to. Absolute paths. */
export interface EntryFile {
  readonly entry: string
  /** The nearest folder above with a package.json, else the file's own. */
  readonly root: string
}

/** Finds the file that the user named. @throws MoultError `INVALID_OPTION`, `FILE_NOT_FOUND` */
export async function findEntry(file: string | URL): Promise<EntryFile> {
  const named = entryPath(file)
  const entry = await readable(named, relativeTo(file))
  return { entry, root: projectOf(entry) }
}

/** Finds the project folder that the user named. @throws MoultError `INVALID_OPTION`, `FILE_NOT_FOUND` */
export async function findRoot(root: string | URL): Promise<string> {
  const expected = 'a path or a file: URL of a folder'
  const isFileUrl = isUrl(root) ? root.protocol === 'file:' : typeof root === 'string'
  if (!isFileUrl || root === '') {
    const received = isUrl(root) ? root.href : describe(root)
    const message = `the root of an image should be ${expected}, not ${received}`
    throw new MoultError('INVALID_OPTION', message, { path: 'root', expected, received })
  }
  const text = String(root)
  const folder = text.startsWith('file:') ? pathOf(text) : path.resolve(text)
  const details = { file: folder, expected: 'a folder that exists' }
  try {
    const real = await realpath(folder)
    if ((await stat(real)).isDirectory()) return real
  } catch (cause) {
    const received = (cause as NodeJS.ErrnoException).code ?? 'an error'
    throw new MoultError('FILE_NOT_FOUND', `${folder} cannot be read${relativeTo(root)}`, {
      ...details,
      received,
      cause,
    })
  }
  throw new MoultError('FILE_NOT_FOUND', `${folder} is no folder`, {
    ...details,
    received: 'a file',
  })
}

function entryPath(file: string | URL): string {
  const isFileUrl = isUrl(file) ? file.protocol === 'file:' : typeof file === 'string'
  if (!isFileUrl || file === '') {
    const received = isUrl(file) ? file.href : describe(file)
    throw new MoultError(
      'INVALID_OPTION',
      `the file to load should be a path or a file: URL, not ${received}`,
      {
        expected: 'a path or a file: URL',
        received,
      },
    )
  }
  const text = String(file)
  const entry = text.startsWith('file:') ? pathOf(text) : path.resolve(text)
  if (EXTENSIONS.includes(path.extname(entry))) return entry
  throw new MoultError('INVALID_OPTION', `${entry} should end in ${EXTENSIONS.join(', ')}`, {
    file: entry,
    expected: `a file that ends in ${EXTENSIONS.join(', ')}`,
    received: path.basename(entry),
  })
}

/** Says of a relative path where it begins, for an error. Empty for any other. */
function relativeTo(file: string | URL): string {
  const text = String(file)
  if (text.startsWith('file:') || path.isAbsolute(text)) return ''
  return `: '${text}' is relative to the working folder ${process.cwd()}; name a file beside yours by new URL('./…', import.meta.url)`
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url)
  } catch (cause) {
    const details = { expected: 'a file: URL of this machine', received: url, cause }
    throw new MoultError('INVALID_OPTION', `${url} is no file of this machine`, details)
  }
}

/** The real path of the file: relative paths in the image must not lead through a symbolic link. */
async function readable(file: string, hint: string): Promise<string> {
  try {
    await access(file, constants.R_OK)
    const real = await realpath(file)
    if ((await stat(real)).isFile()) return real
  } catch (cause) {
    throw new MoultError('FILE_NOT_FOUND', `${file} cannot be read${hint}`, {
      file,
      expected: 'a file that exists and can be read',
      received: (cause as NodeJS.ErrnoException).code ?? 'an error',
      cause,
    })
  }
  const expected = 'a file that exists and can be read'
  throw new MoultError('FILE_NOT_FOUND', `${file} is not a file${hint}`, {
    file,
    expected,
    received: 'a folder',
  })
}

/** The nearest folder above with a package.json, else the file's own. */
function projectOf(entry: string): string {
  const own = path.dirname(entry)
  for (let folder = own; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'package.json'))) return folder
    if (folder === path.dirname(folder)) return own
  }
}
