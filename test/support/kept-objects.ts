import { setImmediate as turn } from 'node:timers/promises'
import { text } from 'node:stream/consumers'
import { getHeapSnapshot, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What a heap snapshot says, as far as it is read here. */
interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[]
      readonly node_types: readonly [readonly string[]]
    }
  }
  readonly nodes: readonly number[]
  readonly strings: readonly string[]
}

/** What is made by a program. The rest, such as compiled functions, is V8's own, which comes and goes. */
const counted: ReadonlySet<string | undefined> = new Set(['object', 'closure', 'native'])

/** V8 keeps a pattern of each literal of a function that has run often enough: the first times there are more of them. */
const TIMES = 6

/**
 * The kinds of objects of which there are more with each round, all garbage collected: those that something of this
 * thread keeps. They are so each of {@link TIMES} times, and what is made once, or late, is not.
 */
export async function kindsThatGrow(
  round: () => Promise<unknown>,
  rounds: number,
): Promise<readonly string[]> {
  let grown: readonly string[] | undefined
  let before = await countKinds()
  for (let time = 0; time < TIMES && grown?.length !== 0; time++) {
    for (let at = 0; at < rounds; at++) await round()
    const now = await countKinds()
    const isMore = (kind: string): boolean =>
      (now.get(kind) ?? 0) - (before.get(kind) ?? 0) >= rounds
    grown = (grown ?? [...now.keys()]).filter(isMore)
    before = now
  }
  return grown ?? []
}

/** How many objects there are of each kind. */
async function countKinds(): Promise<Map<string, number>> {
  // What ends with a turn of the event loop is held until then, and what is cleaned up behind a collection one longer.
  for (let at = 0; at < 3; at++) {
    await turn()
    collect()
  }
  const { snapshot, nodes, strings } = JSON.parse(await text(getHeapSnapshot())) as Snapshot
  const { node_fields: fields, node_types: types } = snapshot.meta
  const [typeAt, nameAt] = [fields.indexOf('type'), fields.indexOf('name')]
  const kinds = new Map<string, number>()
  for (let at = 0; at < nodes.length; at += fields.length) {
    const type = types[0][nodes[at + typeAt]!]
    if (!counted.has(type)) continue
    const kind = `${type} ${strings[nodes[at + nameAt]!]}`
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  return kinds
}
