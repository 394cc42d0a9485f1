/** A profile as V8 makes it: a tree of functions, and how often each was found at work. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
}

/** A function in the tree, called by that in whose `children` it is. */
export interface ProfileNode {
  readonly id: number
  /** Line and column count from 0, and are where the function begins. */
  readonly callFrame: {
    readonly functionName: string
    readonly url: string
    readonly lineNumber: number
    readonly columnNumber: number
  }
  readonly hitCount?: number | undefined
  readonly children?: readonly number[] | undefined
  /** How often each line, from 1, was found at work. */
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[] | undefined
}

/** A function that has the thread, or waits for the one before it to return. Line and column count from 1. */
export interface CodeFrame {
  readonly functionName: string
  readonly url: string
  /** Where the function was found at work; of one that waits for another, where it begins. */
  readonly line: number
  /** Undefined where only the line is known. */
  readonly column: number | undefined
}

/** What V8 counts beside functions. */
const noFunctions: ReadonlySet<string> = new Set([
  '(root)',
  '(program)',
  '(idle)',
  '(garbage collector)',
])

/** The functions that had the thread most often, the innermost first. None where it ran no JavaScript most of the time. */
export function busiestFrames({ nodes }: CpuProfile): readonly CodeFrame[] {
  let all = 0
  let inFunctions = 0
  let busiest: ProfileNode | undefined
  for (const node of nodes) {
    const hits = node.hitCount ?? 0
    all += isCollector(node) ? 0 : hits
    if (noFunctions.has(node.callFrame.functionName)) continue
    inFunctions += hits
    if (hits > (busiest?.hitCount ?? 0)) busiest = node
  }
  if (busiest === undefined || 2 * inFunctions < all) return []
  return callers(busiest, nodes).map((node) => frameOf(node, node === busiest))
}

function isCollector({ callFrame }: ProfileNode): boolean {
  return callFrame.functionName === '(garbage collector)'
}

function callers(innermost: ProfileNode, nodes: readonly ProfileNode[]): ProfileNode[] {
  const callerOf = new Map<number, ProfileNode>()
  for (const node of nodes) for (const child of node.children ?? []) callerOf.set(child, node)
  const way: ProfileNode[] = []
  for (let at: ProfileNode | undefined = innermost; at !== undefined; at = callerOf.get(at.id)) {
    if (!noFunctions.has(at.callFrame.functionName)) way.push(at)
  }
  return way
}

function frameOf({ callFrame, positionTicks }: ProfileNode, isInnermost: boolean): CodeFrame {
  const { functionName, url, lineNumber, columnNumber } = callFrame
  const begin = { functionName, url, line: lineNumber + 1, column: columnNumber + 1 }
  if (!isInnermost) return begin
  const [most] = [...(positionTicks ?? [])].sort((one, other) => other.ticks - one.ticks)
  return most === undefined ? begin : { functionName, url, line: most.line, column: undefined }
}
