import * as v from 'valibot'
import { outermost } from './folders.ts'
import { flag, object } from './option-kinds.ts'

/**
 * What a version may do, by Node's permission model in its threads alone. What is not named is denied, and so are WASI,
 * the inspector and foreign functions.
 */
export interface Permissions {
  /** Files that may be read: all, or these and what lies in these folders. Its own image and moult's files always are. */
  readonly read?: boolean | readonly string[]
  /** Files that may be written. */
  readonly write?: boolean | readonly string[]
  /** Whether it may start programs. These may do what the user of the Node process may. */
  readonly childProcess?: boolean
  /** Whether it may start threads. A thread that it starts with `execArgv: []` may do anything. */
  readonly worker?: boolean
  /** Whether it may use the network. Only where Node has `--allow-net` (seen on 26) can it be denied. */
  readonly net?: boolean
  /** Whether it may load native addons. These may do anything. */
  readonly addons?: boolean
}

/** The same, complete. Paths are absolute, sorted, and none lies in another. */
export interface PermissionSet {
  readonly read: boolean | readonly string[]
  readonly write: boolean | readonly string[]
  readonly childProcess: boolean
  readonly worker: boolean
  readonly net: boolean
  readonly addons: boolean
}

const FILES = 'true, false or an array of paths'
const PATH = 'a path without *, of at least one character'

const paths = v.pipe(
  v.array(v.message(v.pipe(v.string(), v.minLength(1), v.excludes('*')), PATH), FILES),
  v.transform((given) => (given.length > 0 ? outermost(given).sort() : false)),
)
const files = v.optional(
  v.lazy((value) => (Array.isArray(value) ? paths : v.boolean(FILES))),
  false,
)
const may = v.optional(flag, false)

/** The permissions of a version. */
export const permissions = object({
  read: files,
  write: files,
  childProcess: may,
  worker: may,
  net: may,
  addons: may,
})
