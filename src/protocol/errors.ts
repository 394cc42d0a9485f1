import { hintOf } from './nearest-name.ts'

/**
 * Every code a {@link MoultError} can carry, with its meaning in a line.
 * `docs/reference/errors.md` lists the same codes with cause and remedy; a test keeps the two equal.
 */
export const errorCodes = {
  UNSUPPORTED_PLATFORM: 'moult does not run on this platform',
  INVALID_OPTION: 'an option or argument has the wrong type, range or name',
  FILE_NOT_FOUND: 'the file to load does not exist or cannot be read',
  UNRESOLVED_IMPORT: 'an import of the file to load cannot be found',
  SYNTAX_ERROR: 'a file of the version cannot be parsed',
  NOT_A_DEFINITION: 'the default export is not what defineProcess() returns',
  TYPESCRIPT_MISSING: 'there is no TypeScript that can check types',
  LOAD_FAILED: 'the version threw while it was imported',
  LOAD_TIMEOUT: 'the import of the version did not end in time',
  ON_LOAD_FAILED: 'onLoad of the version threw',
  PERMISSION_UNSUPPORTED:
    'the permissions of a version cannot be kept by this Node as it was started',
  IMAGE_NOT_FOUND: 'the store has no image of this hash',
  IMAGE_CORRUPT: 'a stored image is not what was stored',
  INIT_FAILED: 'init threw, did not end in time, or returned a state that cannot be kept',
  OPEN_FAILED: 'open of the definition threw',
  SAVE_FAILED: 'save of the definition threw, or was asynchronous',
  ISOLATE_LIMIT: 'no further isolate may be started',
  ISOLATE_START_FAILED: 'a thread could not be started',
  ISOLATE_EXITED: 'the thread ended while it was handling this message',
  LINKED_EXIT: 'a linked process has died',
  RESTART_LIMIT: 'the process died too often in too short a time and was given up',
  RESTORE_FAILED: 'a process could not go on with its checkpoint',
  NAME_TAKEN: 'another process, or another code, has this name',
  UNKNOWN_PROCESS: 'no process has this name or id',
  UNKNOWN_CALL: 'the running version does not define this call',
  UNKNOWN_CAST: 'the running version does not define this cast',
  UNKNOWN_EVENT: 'no such event is declared',
  UNKNOWN_SERVICE: 'the runtime lends no such service or function',
  INVALID_ARGUMENT: 'an argument does not fit the schema of its message',
  INVALID_REPLY: 'a reply does not fit the schema of its call',
  INVALID_STATE: 'a state does not fit the schema of its version',
  UNCLONEABLE_ARGUMENT: 'an argument cannot cross to another thread',
  UNCLONEABLE_REPLY: 'a reply cannot cross to another thread',
  UNCLONEABLE_STATE: 'a state holds something that is not data',
  NOT_DECLARED: 'a value is of a class or a codec that is not declared where it arrives',
  CODEC_FAILED: 'a codec of a definition threw, or returned no data',
  MAILBOX_FULL: 'the mailbox is at its capacity',
  STREAM_LOCKED: 'a stream has one reader, and another came',
  STREAM_NOT_RESUMABLE: 'the new version cannot go on with a stream that the old one has begun',
  NOT_A_STREAM: 'a call was read as a stream and yields nothing, or the other way round',
  EVENTS_MISSED: 'an iterable of events was read too slowly',
  HANDLER_TIMEOUT: 'a handler has run for longer than it may',
  CALL_TIMEOUT: 'no reply came in the time given',
  CALL_ABORTED: 'the signal of the call was aborted',
  SELF_CALL: 'a process would wait for itself',
  CALL_CYCLE: 'processes would wait for each other in a circle',
  PROCESS_STOPPED: 'the process has stopped or is stopping',
  PROCESS_RESTARTED: 'the process was restarted while it handled this message',
  PROCESS_BUSY: 'the process is not running just now',
  RUNTIME_CLOSED: 'the runtime has closed or is closing',
  IDENTICAL_VERSION: 'the new version is byte for byte the running one',
  VERSION_CONFLICT: 'the version label is in use for other bytes',
  UNKNOWN_VERSION: 'the code has no version of this label',
  VERSION_IN_USE: 'the version is still in use',
  CODE_UNLOADED: 'the code has been unloaded',
  NO_PREVIOUS_VERSION: 'there is no version to roll back to',
  NO_MIGRATION: 'nothing leads from the state of the running version to the new one',
  PERMISSIONS_WIDER: 'the new version may do more than the running one',
  CALLS_REMOVED: 'the new version lacks calls, casts or events of the running one',
  MAILBOX_REFUSED: 'messages that wait do not fit the new version',
  UPCAST_FAILED: 'a message of an older version could not be translated',
  TYPES_DO_NOT_FIT: 'the types of the new version do not fit those of the running one',
  UPGRADE_FAILED: 'a phase of the upgrade failed for a reason that is in the cause',
  UPGRADE_IN_PROGRESS: 'another upgrade of the same process is under way',
  UPGRADE_ABORTED: 'the signal of the upgrade was aborted',
  SUSPEND_TIMEOUT: 'the running handler did not end before the suspend deadline',
  PAUSE_TOO_LONG: 'the pause would be longer than was allowed',
  PROBATION_FAILED: 'the new version went wrong on probation and was rolled back',
  CODE_CHANGE_FAILED: 'codeChange threw or returned nothing',
  CODE_CHANGE_TIMEOUT: 'codeChange did not end in time',
  DOWNGRADE_FAILED: 'the downgrade function of the running version threw or returned nothing',
  FAST_CHECK_MISSING: 'a search for states needs fast-check, which is not installed',
  OPEN_TELEMETRY_MISSING: 'tracing needs @opentelemetry/api, which is not installed',
} as const

/** A stable name for a kind of error: match on it, never on the class or the message. */
export type ErrorCode = keyof typeof errorCodes

/** Details of an error. A field is present only where it is known. */
export interface ErrorDetails {
  /** Name or id of the process. */
  readonly process?: string
  /** Names of processes that wait for each other, in the order of their calls. */
  readonly circle?: readonly string[]
  /** Name of the code. */
  readonly codeName?: string
  /** Label of the version at fault. */
  readonly version?: string
  /** Label of the version an upgrade comes from. */
  readonly from?: string
  /** Label of the version an upgrade goes to. */
  readonly to?: string
  /** Phase of the upgrade that failed. */
  readonly phase?: string
  /** Path of the file at fault. */
  readonly file?: string
  /** Line in `file`, from 1. */
  readonly line?: number
  /** Column in `file`, from 1. */
  readonly column?: number
  /** Path to the value at fault, such as `state.users[3].callback`. */
  readonly path?: string
  /** What was expected. */
  readonly expected?: string
  /** What came instead. */
  readonly received?: string
  /** What a process was at that did not answer or stop in time, such as `the call 'get'`. */
  readonly handling?: string
  /** The function that held its thread; `file`, `line` and `column` say where. */
  readonly function?: string
  /** How many processes a rolling upgrade had moved when it stopped; they stay on the new version. */
  readonly moved?: number
  /** How many it had still to move; they go on with the old version. */
  readonly remaining?: number
  /** How many answered messages the version that a roll back led to has handled once more. */
  readonly replayed?: number
  /** How many answered messages it could not: its states are without them. */
  readonly lost?: number
}

const detailNames = [
  'process',
  'circle',
  'codeName',
  'version',
  'from',
  'to',
  'phase',
  'file',
  'line',
  'column',
  'path',
  'expected',
  'received',
  'handling',
  'function',
  'moved',
  'remaining',
  'replayed',
  'lost',
] as const satisfies readonly (keyof ErrorDetails)[]

/**
 * The one class of error that moult itself throws or rejects with.
 * Two copies of moult may be loaded and errors cross threads, so test with {@link isMoultError}, not `instanceof`.
 */
export class MoultError extends Error implements ErrorDetails {
  override readonly name = 'MoultError'
  readonly code: ErrorCode
  declare readonly process?: string
  declare readonly circle?: readonly string[]
  declare readonly codeName?: string
  declare readonly version?: string
  declare readonly from?: string
  declare readonly to?: string
  declare readonly phase?: string
  declare readonly file?: string
  declare readonly line?: number
  declare readonly column?: number
  declare readonly path?: string
  declare readonly expected?: string
  declare readonly received?: string
  declare readonly handling?: string
  declare readonly function?: string
  declare readonly moved?: number
  declare readonly remaining?: number
  declare readonly replayed?: number
  declare readonly lost?: number

  constructor(
    code: ErrorCode,
    message: string,
    details: ErrorDetails & { readonly cause?: unknown } = {},
  ) {
    super(message, Object.hasOwn(details, 'cause') ? { cause: details.cause } : undefined)
    this.code = code
    Object.assign(this, detailsOf(details))
  }
}

/** The known fields of an error or of a plain object of details; unknown ones are left out. */
export function detailsOf(source: ErrorDetails): ErrorDetails {
  const known: Record<string, unknown> = {}
  for (const name of detailNames) {
    if (Object.hasOwn(source, name) && source[name] !== undefined) known[name] = source[name]
  }
  return known
}

/**
 * Whether `error` is a {@link MoultError} (of any copy of moult), and has `code` where one is given.
 * @throws MoultError `INVALID_OPTION` for a code that there is not, and for more arguments
 */
export function isMoultError(error: unknown, code?: ErrorCode): error is MoultError {
  if (arguments.length > 2) throw tooMany(arguments.length)
  if (code !== undefined && !Object.hasOwn(errorCodes, code)) throw noCode(code)
  if (!(error instanceof Error) || error.name !== 'MoultError') return false
  const actual = (error as { code?: unknown }).code
  if (typeof actual !== 'string' || !Object.hasOwn(errorCodes, actual)) return false
  return code === undefined || actual === code
}

/** Such as by `errors.filter(isMoultError)`. */
function tooMany(given: number): MoultError {
  const details = {
    path: 'arguments[2]',
    expected: '(error, code)',
    received: `${given} arguments`,
  }
  const message = `isMoultError takes (error, code), but was given ${details.received}`
  return new MoultError('INVALID_OPTION', message, details)
}

function noCode(code: unknown): MoultError {
  const received = typeof code === 'string' ? `'${code}'` : `a value of type ${typeof code}`
  const hint = typeof code === 'string' ? hintOf(code, Object.keys(errorCodes)) : ''
  const expected = 'the code of an error'
  const message = `isMoultError: code should be ${expected}, but is ${received}${hint}`
  return new MoultError('INVALID_OPTION', message, { path: 'code', expected, received })
}

/** The same error with further details filled in; details it already has are kept. */
export function withDetails(
  error: MoultError,
  details: ErrorDetails,
  message = error.message,
): MoultError {
  const merged = { ...details, ...detailsOf(error) }
  const cause = Object.hasOwn(error, 'cause') ? { cause: error.cause } : {}
  const copy = new MoultError(error.code, message, { ...merged, ...cause })
  // A stack begins with the message. Replaced by a function: `$` in a text would have a meaning.
  if (error.stack !== undefined) copy.stack = error.stack.replace(error.message, () => message)
  return copy
}
