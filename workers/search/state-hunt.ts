import fc from 'fast-check'
import { deserialise, serialise } from '../../src/protocol/bytes/clone-bytes.ts'
import type { CloneBytes } from '../../src/protocol/bytes/clone-bytes.ts'
import type {
  FaultKind,
  SearchFacts,
  SearchRequest,
  SearchResult,
  StateSource,
} from '../../src/protocol/jobs/search.ts'
import { CandidateCell } from '../../src/protocol/jobs/candidate.ts'
import { printState } from './printed-state.ts'
import { RoundTrip } from './round-trip.ts'
import type { Fault } from './round-trip.ts'
import { searchedShape } from './searched-shape.ts'
import { SearchedVersion } from './searched-version.ts'
import { StateArbitrary } from './state-arbitrary.ts'
import { withTableMaps } from './table-maps.ts'

/** How often a run may be repeated because the older version's schema refuses its state. */
const DISCARDS_PER_RUN = 20

/** A fault with the state that has it. */
interface Find extends Fault {
  readonly state: CloneBytes
}

/** One search: tries states until one fails, then simpler ones with the same fault. */
export class StateHunt {
  readonly #request: SearchRequest
  readonly #trip: RoundTrip
  readonly #samples: readonly unknown[]
  readonly #states: StateArbitrary
  readonly #sources: readonly StateSource[]
  readonly #candidate: CandidateCell
  #runs = 0
  #discarded = 0
  #find: Find | undefined
  #isCutShort = false

  private constructor(request: SearchRequest, older: SearchedVersion, newer: SearchedVersion) {
    const { shape, source } = searchedShape(older, request.shape)
    this.#request = request
    this.#trip = new RoundTrip(older, newer, request.shape?.tables)
    this.#samples = request.samples.map((each) => {
      return withTableMaps(deserialise(each), this.#trip.tables)
    })
    this.#candidate = new CandidateCell(request.candidate)
    this.#states = new StateArbitrary(shape, this.#samples)
    this.#sources = this.#sourcesOf(source)
  }

  /**
   * Imports both versions, under names of this search.
   * @throws MoultError `LOAD_FAILED`, `NOT_A_DEFINITION`, `NO_MIGRATION`, `INVALID_OPTION` for a sample that is none.
   */
  static async prepare(request: SearchRequest, search: number): Promise<StateHunt> {
    const older = await SearchedVersion.load(request.older, search)
    const newer = await SearchedVersion.load(request.newer, search)
    return new StateHunt(request, older, newer)
  }

  async run(): Promise<SearchResult> {
    if (!this.#states.canMake) {
      return this.#untried(
        'there is nothing to make states of: no samples, and no usable schema or type',
      )
    }
    const { runs, seed, limitMs } = this.#request
    this.#candidate.start()
    const deadline = performance.now() + limitMs
    const property = fc.asyncProperty(this.#states, (state) => this.#try(state, deadline))
    const { errorInstance, numShrinks } = await fc.check(property, {
      numRuns: Math.max(runs, this.#samples.length),
      seed,
      maxSkipsPerRun: DISCARDS_PER_RUN,
      // Real states come first, as they are.
      examples: this.#samples.map((sample): [unknown] => [sample]),
    })
    if (this.#find !== undefined) return this.#fault(this.#find, numShrinks)
    if (errorInstance instanceof Error) throw errorInstance
    if (this.#runs > 0) return { kind: 'none', ...this.#facts(), isCutShort: this.#isCutShort }
    return this.#untried(
      this.#isCutShort
        ? 'the time was over before a state was tried'
        : 'every state that was made is refused by the schema of the older version',
    )
  }

  /** Throws when the state has a fault. During shrinking only the known fault counts. */
  async #try(given: unknown, deadline: number): Promise<void> {
    if (performance.now() >= deadline) {
      this.#isCutShort = true
      throw new fc.PreconditionFailure(true)
    }
    const state = serialise(given)
    this.#candidate.begin(state)
    const isRefused = await this.#trip.isRefused(state)
    this.#count(isRefused)
    fc.pre(!isRefused)
    const fault = await this.#faultOf(state)
    if (fault === undefined) return
    this.#find = { ...fault, state }
    throw new Error(fault.detail.message)
  }

  #count(isRefused: boolean): void {
    if (this.#find !== undefined) return
    if (isRefused) this.#discarded++
    else this.#runs++
  }

  async #faultOf(state: CloneBytes): Promise<Fault | undefined> {
    for await (const fault of this.#trip.faultsOf(state)) {
      if (this.#isWanted(fault.kind)) return fault
    }
    return undefined
  }

  #isWanted(kind: FaultKind): boolean {
    if (this.#find !== undefined) return kind === this.#find.kind
    return !this.#request.ignore.includes(kind)
  }

  #fault({ kind: fault, detail, state }: Find, shrinks: number): SearchResult {
    const printed = printState(deserialise(state))
    return { kind: 'fault', fault, state, printed, detail, shrinks, ...this.#facts() }
  }

  #untried(reason: string): SearchResult {
    return { kind: 'untried', reason, ...this.#facts() }
  }

  #facts(): SearchFacts {
    const { seed } = this.#request
    return { seed, runs: this.#runs, discarded: this.#discarded, sources: this.#sources }
  }

  #sourcesOf(known: StateSource): StateSource[] {
    const sources: StateSource[] = this.#states.makesUp ? [known] : []
    return this.#samples.length > 0 ? [...sources, 'samples'] : sources
  }
}
