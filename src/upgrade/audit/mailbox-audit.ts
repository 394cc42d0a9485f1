import type { Version } from '../../versions/version.ts'
import type { Isolate } from '../../isolates/isolate.ts'
import { castsToCome } from '../../processes/casts-to-come.ts'
import type { Message } from '../../processes/message.ts'
import type { Process } from '../../processes/process.ts'
import { needsDeclared, prototypesOf } from '../../protocol/bytes/prototypes.ts'
import { MoultError } from '../../protocol/errors.ts'

/** How waiting messages fit a version. */
export interface AuditCounts {
  readonly fit: number
  /** Messages that fit after a translation by the version's `upcast`. */
  readonly upcast: number
  readonly refused: number
  /** Refused messages whose call or cast the version lacks. `allowRemoved` permits them to fail. */
  readonly removed: number
}

/** How the messages of one name fit, and why the first refused one does not. */
export interface NameAudit extends AuditCounts {
  readonly reason?: string
}

/** How the messages that waited before the suspend fit the new version, in total and by name of call or cast. */
export interface MailboxAudit extends AuditCounts {
  readonly byName: Readonly<Record<string, NameAudit>>
}

/** Messages that are tried, and copied for the isolate, in one turn of main's event loop. */
const SLICE = 250

const none: AuditCounts = { fit: 0, upcast: 0, refused: 0, removed: 0 }

/** The audit of an empty mailbox. */
export const noMessages: MailboxAudit = { ...none, byName: {} }

/** The result for one message. */
interface Verdict {
  readonly name: string
  readonly counts: AuditCounts
  readonly reason?: string
}

/**
 * Tries all waiting messages on a version, and the casts of timers and monitors: by name here, by schema and `upcast` in one of its
 * isolates, on copies.
 *
 * - Main tries one slice a turn, however many wait.
 * - Later messages are checked when they are handled. Messages that the old version has begun are left out.
 * - When the signal is aborted it ends early, without a valid result.
 */
export async function auditMailbox(
  process: Process,
  version: Version,
  isolate: Isolate,
  signal: AbortSignal,
): Promise<MailboxAudit> {
  const counts = new Map<string, NameAudit>()
  const tryAll = async (messages: readonly Message[]): Promise<void> => {
    for (const verdict of await judge(messages, process, version, isolate)) count(counts, verdict)
    await new Promise(setImmediate)
  }
  const coming = castsToCome(process) ?? []
  const { from, to } = process.messages.span
  for (let at = from; at < to && !signal.aborted; at += SLICE) {
    const { activation, messages: all } = process
    // A restarted process has another activation; a stopped one has none.
    if (activation === undefined) break
    await tryAll(all.slice(at, Math.min(SLICE, to - at), activation))
  }
  for (let at = 0; at < coming.length && !signal.aborted; at += SLICE) {
    await tryAll(coming.slice(at, at + SLICE).map((each) => each.messageOf(process.version)))
  }
  return auditOf(counts)
}

async function judge(
  messages: readonly Message[],
  process: Process,
  version: Version,
  isolate: Isolate,
): Promise<Verdict[]> {
  const named = messages
    .filter(({ kind }) => kind !== 'read-state')
    .map((message) => ({ message, number: message.numberIn(version, process) }))
  const known = named.flatMap(({ message, number }) =>
    typeof number === 'number' ? [{ message, number }] : [],
  )
  const lost = named.flatMap(({ message, number }): Verdict[] =>
    typeof number === 'number'
      ? []
      : [
          {
            name: message.name,
            counts: { ...none, refused: 1, removed: 1 },
            reason: number.message,
          },
        ],
  )
  const reasons = await reasonsAgainst(known, version, isolate)
  const first = version.contract.calls.length + version.contract.casts.length
  const verdicts = known.map(({ message: { name }, number }, index): Verdict => {
    const reason = reasons[index]
    if (typeof reason === 'string') return { name, counts: { ...none, refused: 1 }, reason }
    return { name, counts: { ...none, [number >= first ? 'upcast' : 'fit']: 1 } }
  })
  return [...lost, ...verdicts]
}

/** Why each message does not fit; null or nothing for one that fits. Messages that move buffers cannot be tried. */
async function reasonsAgainst(
  messages: readonly { readonly message: Message; readonly number: number }[],
  { contract }: Version,
  isolate: Isolate,
): Promise<readonly (string | null)[]> {
  const areJudged = contract.checksPayloads || contract.upcasts.length > 0
  const tried = messages.map(({ message: { payload, transfer }, number }) => {
    const prototypes = prototypesOf(payload)
    const isTried = areJudged || (prototypes !== undefined && needsDeclared(prototypes))
    return isTried && transfer === undefined ? { operation: number, payload, prototypes } : null
  })
  return tried.every((each) => each === null) ? [] : isolate.audit(tried)
}

function count(counts: Map<string, NameAudit>, { name, counts: more, reason }: Verdict): void {
  const before: NameAudit = counts.get(name) ?? none
  const first = before.reason ?? reason
  counts.set(name, { ...added(before, more), ...(first !== undefined && { reason: first }) })
}

function added(one: AuditCounts, other: AuditCounts): AuditCounts {
  return {
    fit: one.fit + other.fit,
    upcast: one.upcast + other.upcast,
    refused: one.refused + other.refused,
    removed: one.removed + other.removed,
  }
}

function auditOf(counts: ReadonlyMap<string, NameAudit>): MailboxAudit {
  const all = [...counts.values()].reduce<AuditCounts>(added, none)
  return { ...all, byName: Object.fromEntries(counts) }
}

/**
 * Where removed calls and casts are allowed, their messages may be lost.
 * @throws MoultError `MAILBOX_REFUSED` where messages that count are refused.
 */
export function checkAudit(
  { byName }: MailboxAudit,
  allowRemoved: boolean,
  { process, from, to }: { readonly process: string; readonly from: string; readonly to: string },
): void {
  const against = Object.entries(byName)
    .map(([name, { refused, removed, reason = 'no reason' }]) => {
      return { name, count: allowRemoved ? refused - removed : refused, reason }
    })
    .filter((refusal) => refusal.count > 0)
  if (against.length === 0) return
  const received = against.map((each) => `${each.count} × ${each.name} (${each.reason})`).join(', ')
  const message = `${process}: messages that wait do not fit ${to}: ${received}`
  const expected = `messages that ${to} can read, or upcast['${from}'] in it`
  throw new MoultError('MAILBOX_REFUSED', message, { process, from, to, expected, received })
}

/** The audits of several processes as one. */
export function sumOfAudits(audits: readonly MailboxAudit[]): MailboxAudit {
  if (audits.length === 0) return noMessages
  const counts = new Map<string, NameAudit>()
  for (const { byName } of audits) {
    for (const [name, { reason, ...more }] of Object.entries(byName)) {
      count(counts, { name, counts: more, ...(reason !== undefined && { reason }) })
    }
  }
  return auditOf(counts)
}
