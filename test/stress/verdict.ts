import type { Instance, Note } from './instance.ts'
import type { Handled, Ledger } from './fixtures/ledger.ts'

interface Row {
  readonly note: Note
  readonly handled: Handled
}

/** Compares what the driver was told of a process that has ended with what its handlers did. Returns what does not fit. */
export function judge(instance: Instance, ledger: Ledger): string[] {
  const rows = instance.notes.map((note) => ({ note, handled: ledger.read(note.id) }))
  const started = rows
    .filter(({ handled }) => handled.started > 0)
    .sort((one, other) => one.handled.startedAt - other.handled.startedAt)
  return [
    ...rows.flatMap((row) => outcomeProblems(row, instance)),
    ...orderProblems(started),
    ...versionProblems(started, instance),
    ...spanProblems(started, instance),
    ...castProblems(rows, instance),
    ...crashProblems(rows, instance, ledger),
  ].map((problem) => `${instance.name}: ${problem}`)
}

const neverHandled = new Set([
  'PROCESS_STOPPED',
  'RESTART_LIMIT',
  'MAILBOX_FULL',
  'UNKNOWN_PROCESS',
  'UNCLONEABLE_ARGUMENT',
])
const handled = new Set(['ok', 'E_STRESS', 'UNCLONEABLE_REPLY'])

function outcomeProblems({ note, handled: row }: Row, instance: Instance): string[] {
  const { outcome = 'open' } = note
  const was = `${title(note)} ended as ${outcome}, but was started ${row.started} times and finished ${row.finished} times`
  if (row.started > 1 || row.finished > row.started) return [was]
  if (handled.has(outcome)) return row.finished === 1 ? [] : [was]
  // Its handler had begun when the process was given up: in a shared isolate it may end yet.
  if (outcome === 'PROCESS_STOPPED' && note.wasAmidst === true)
    return row.started === 1 ? [] : [was]
  if (neverHandled.has(outcome)) return row.started === 0 ? [] : [was]
  if (outcome === 'ISOLATE_EXITED') {
    const isHit = row.started === 1 && row.finished === 0
    const isGone = note.transfers && row.finished === 0
    return isHit || isGone || instance.wasKilled ? [] : [was]
  }
  return outcome === 'open' && note.kind !== 'inner' ? [`${title(note)} never ended`] : []
}

function orderProblems(started: readonly Row[]): string[] {
  const last = new Map<number, Note>()
  return started.flatMap(({ note }) => {
    const before = last.get(note.stream)
    last.set(note.stream, note)
    if (before === undefined || before.id < note.id) return []
    return [`${title(note)} was handled after ${title(before)}, which was sent later`]
  })
}

function versionProblems(started: readonly Row[], instance: Instance): string[] {
  return started.flatMap(({ note, handled: { startedAt, version } }) => {
    const allowed = instance.allowedAt(startedAt)
    if (allowed.has(version)) return []
    const expected = [...allowed].join(' or ')
    return [`${title(note)} was handled by version ${version} at a time when only ${expected} may`]
  })
}

/** In an upgrade on its own the version changes once if it resolves, and never if it rejects. */
function spanProblems(started: readonly Row[], { spans }: Instance): string[] {
  return spans.flatMap(({ begin, end, from, to }) => {
    const within = started.filter(
      ({ handled: { startedAt } }) => startedAt >= begin && startedAt < end,
    )
    const isWrong = within.some(({ handled: { version } }, at) => {
      const before = at === 0 ? from : within[at - 1]!.handled.version
      return version !== from && version !== to ? true : before === to && version !== to
    })
    if (!isWrong) return []
    const seen = within.map(({ handled: { version } }) => version).join('')
    return [`an upgrade from ${from} that ended with ${to}: messages were handled by ${seen}`]
  })
}

/** A cast has no caller: each one accepted was handled, or its loss was told by an event. */
function castProblems(rows: readonly Row[], instance: Instance): string[] {
  const casts = rows.filter(({ note }) => note.kind === 'cast' && note.outcome === 'accepted')
  const finished = casts.filter(({ handled: row }) => row.finished === 1).length
  const untold = casts.length - finished - instance.lostCasts.length
  const threw = casts.filter(
    ({ note, handled: row }) => note.operation === 'castFail' && row.finished === 1,
  ).length
  return [
    ...((instance.drops ? untold < 0 : untold !== 0) && !instance.wasKilled
      ? [
          `of ${casts.length} accepted casts ${finished} were handled and ${instance.lostCasts.length} reported lost (${tallied(instance.lostCasts)})`,
        ]
      : []),
    ...(threw !== instance.castsThatThrew && !instance.wasKilled
      ? [`${threw} casts threw, but ${instance.castsThatThrew} were reported`]
      : []),
  ]
}

function crashProblems(rows: readonly Row[], instance: Instance, ledger: Ledger): string[] {
  const hit = rows.filter(({ note, handled: row }) => {
    return row.started === 1 && row.finished === 0 && note.outcome !== undefined
  })
  const lives = ledger.epochs(instance.index)
  return [
    // Each incarnation has at most one running handler when it ends.
    ...(hit.length > lives
      ? [
          `${hit.length} messages were hit in ${lives} lives: ${hit.map(({ note }) => title(note)).join(', ')}`,
        ]
      : []),
    ...(lives < 1 + instance.restarts
      ? [`init ran ${lives} times in a process with ${instance.restarts} restarts`]
      : []),
  ]
}

function tallied(codes: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1)
  return [...counts].map(([code, count]) => `${count} ${code}`).join(', ')
}

function title({ id, operation, stream }: Note): string {
  return `${operation} #${id} (stream ${stream})`
}
