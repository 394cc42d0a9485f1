/** What a thread of Piscina's may be asked for: see `workers/tasks.cts`. */
export type ThreadTask = 'isolate' | 'bundle' | 'typecheck' | 'typedState' | 'search'

/** In workers/, whether this is the source or the built file. */
const filename = import.meta.url.replace(
  /src\/protocol\/wire\/thread-task\.([jt]s)$/,
  'workers/tasks.c$1',
)

/** Names a task to Piscina. With the task and not with the pool: a thread that cannot load its pool's own file dies, and its tasks wait for ever. */
export function threadTask(name: ThreadTask): { readonly filename: string; readonly name: string } {
  return { filename, name }
}
