import { afterAll } from 'vitest'
import type * as BundlingJobs from '../../src/versions/bundling-job.ts'
import type { Bundling } from '../../src/versions/bundler.ts'
import type { GivenJobs } from '../../src/code/given-jobs.ts'
import type * as StateSearches from '../../src/checks/state-search.ts'
import type * as TypeCheckers from '../../src/checks/type-checker.ts'
import { builtModule } from './built-module.ts'

const { BundlingJob } = await builtModule<typeof BundlingJobs>('src/versions/bundling-job.js')
const { TypeChecker } = await builtModule<typeof TypeCheckers>('src/checks/type-checker.js')
const { StateSearch } = await builtModule<typeof StateSearches>('src/checks/state-search.js')

/** What one thread of each kind does for all runtimes of a test file: its start takes longer than most tests. */
const bundling = new BundlingJob(30_000)
const types = new TypeChecker()
const states = new StateSearch()

afterAll(() => Promise.all([bundling, types, states].map((each) => each.close())))

/** The bundling thread of a file, as one runtime sees it: its close waits for what the runtime asked for, and the thread goes on. */
function lentBundling(): Bundling {
  const open = new Set<Promise<unknown>>()
  return {
    get isAlive() {
      return bundling.isAlive
    },
    run: async (request, file) => {
      const answer = bundling.run(request, file)
      open.add(answer)
      return answer.finally(() => open.delete(answer))
    },
    abandon: () => bundling.abandon(),
    close: async () => {
      await Promise.allSettled(open)
    },
  }
}

const stays = async (): Promise<void> => {}

/** For one runtime or command. */
export function sharedJobs(): Required<GivenJobs> {
  return {
    bundling: lentBundling(),
    types: {
      check: (request) => types.check(request),
      compare: (request) => types.compare(request),
      stateShape: (request) => types.stateShape(request),
      close: stays,
    },
    states: { search: (options) => states.search(options), close: stays },
  }
}
