/** A promise and its two ends. (`Promise.withResolvers` is there from Node 22 on.) */
export class Deferred<Value> {
  readonly promise: Promise<Value>
  readonly resolve: (value: Value | PromiseLike<Value>) => void
  readonly reject: (reason: unknown) => void

  constructor() {
    let resolve: ((value: Value | PromiseLike<Value>) => void) | undefined
    let reject: ((reason: unknown) => void) | undefined
    this.promise = new Promise<Value>((...ends) => {
      ;[resolve, reject] = ends
    })
    if (resolve === undefined || reject === undefined) throw new Error('a promise without ends')
    this.resolve = resolve
    this.reject = reject
    // A rejection before the first waiter is no unhandled rejection.
    this.promise.catch(() => undefined)
  }
}
