import { parseArgs } from 'node:util'
import { reasonOf } from '../protocol/reason.ts'

/** The parsed arguments of `moult check`. */
export interface CheckCommand {
  /** Path of a file, or hash of a stored image. */
  readonly older: string
  readonly newer: string
  /** Folder of the store that hashes are looked up in. */
  readonly store: string | undefined
  readonly external: readonly string[]
  /** Whether NEW may lack calls, casts and events of OLD. */
  readonly allowRemoved: boolean
  readonly search: SearchCommand | undefined
  /** Whether the result is printed as JSON. */
  readonly json: boolean
}

/** The parsed options that go with `--search`. */
export interface SearchCommand {
  /** File of sampled states: a JSON array. */
  readonly states: string | undefined
  readonly runs: number
  readonly seed: number | undefined
  readonly limitMs: number
}

/** The text of `moult --help`. */
export const USAGE = `moult check OLD NEW [options]

Proves that the version in the file NEW can take over from the version in the file OLD, without running either:
codeChange takes exactly the old state and returns the new one, downgrade the reverse, and remaining calls and casts
take and return what callers expect. No call or cast is gone, and a codeChange leads from the one to the other. It needs the project's own TypeScript (5.4 to 6).
OLD and NEW may also be hashes of images, with --store.

  --allowRemoved     NEW may lack calls, casts and events of OLD, as in an upgrade
  --search           also look for a state on which the migration fails: made up from the old schema (or type),
                     and changed a little from real ones; tells the smallest. It runs both versions' code.
                     It needs fast-check 4.
  --states FILE      real states to begin with: a JSON array
  --runs N           how many states to try (1000)
  --seed N           try the same states again
  --limit SECONDS    how long to search at most (30)
  --store FOLDER     where images are kept
  --external NAME    a package that stays outside of the images; may be repeated
  --json             print the result as JSON
  --help             print this

Exit code: 0 all fits, 1 something does not fit, is refused or a state was found, 2 it could not be told.`

/** Why a command line cannot be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What the command line asks for; undefined for help. @throws UsageError */
export function parseCommandLine(args: readonly string[]): CheckCommand | undefined {
  const { values, positionals } = parse(args)
  const [command, older, newer, ...rest] = positionals
  if (values.help || args.length === 0) return undefined
  if (command === undefined) throw new UsageError('a command is missing')
  if (command !== 'check') throw new UsageError(`there is no command '${command}'`)
  if (!older || !newer || rest.length > 0) {
    throw new UsageError('check takes two versions: OLD and NEW')
  }
  const { store, external = [], json = false, allowRemoved = false, states } = values
  checkNames('store', 'a folder', [store])
  checkNames('external', 'a package', external)
  checkNames('states', 'a file', [states])
  return { older, newer, store, external, json, allowRemoved, search: searchOf(values) }
}

type Values = ReturnType<typeof parse>['values']

function searchOf({ search, states, runs, seed, limit }: Values): SearchCommand | undefined {
  const isAsked = search === true
  const given = { states, runs, seed, limit }
  const stray = Object.entries(given).find(([, value]) => value !== undefined)
  if (!isAsked && stray !== undefined) throw new UsageError(`--${stray[0]} needs --search`)
  if (!isAsked) return undefined
  return {
    states,
    runs: wholeNumber('runs', runs, 1) ?? 1000,
    seed: wholeNumber('seed', seed, -(2 ** 31)),
    limitMs: (wholeNumber('limit', limit, 0) ?? 30) * 1000,
  }
}

/** A variable of a script that is not set makes an empty name. */
function checkNames(name: string, expected: string, given: readonly (string | undefined)[]): void {
  if (given.includes('')) throw new UsageError(`--${name} should name ${expected}`)
}

function wholeNumber(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  // `Number()` also accepts texts that are no number, such as an empty one.
  if (/^-?\d+$/.test(text) && number >= least && number < 2 ** 31) return number
  throw new UsageError(`--${name} should be a whole number from ${least}, but is '${text}'`)
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        allowRemoved: { type: 'boolean' },
        search: { type: 'boolean' },
        states: { type: 'string' },
        runs: { type: 'string' },
        seed: { type: 'string' },
        limit: { type: 'string' },
        store: { type: 'string' },
        external: { type: 'string', multiple: true },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new UsageError(reasonOf(error))
  }
}
