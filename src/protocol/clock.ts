/**
 * Milliseconds on the one monotonic clock that all threads of the process share.
 * `performance.now()` counts from each thread's own start and cannot be compared across threads.
 */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
