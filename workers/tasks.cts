// What moult's threads can be asked for: Piscina requires this file, and takes from it the task that is named. Each
// imports its own modules. Where a thread is ended while `require()` links an ES module, Node ends the whole process
// ("v8::Module::IsGraphAsync must be used on an instantiated module", seen on Node 20.20); within an `import()` only
// the thread goes.
module.exports = {
  isolate: async (start: never) => (await import('./isolate/isolate.ts')).default(start),
  bundle: async (request: never) => (await import('./bundling/bundle.ts')).default(request),
  typecheck: async (request: never) => (await import('./typecheck/typecheck.ts')).default(request),
  typedState: async (request: never) =>
    (await import('./typecheck/typed-state.ts')).default(request),
  search: async (request: never) => (await import('./search/search.ts')).default(request),
}
