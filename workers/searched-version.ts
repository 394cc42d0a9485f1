import { MoultError, isMoultError, withDetails } from '../src/protocol/errors.ts'
import { looseDefinition } from './loose-definition.ts'
import type { LooseDefinition } from './loose-definition.ts'
import { isRecordStep } from './loose-step.ts'
import type { LooseChange, LooseRecordStep } from './loose-step.ts'
import { StateSchema } from './state-schema.ts'

/** What a search needs of a version: its label, its ways, its schema. */
export class SearchedVersion {
  readonly schema: StateSchema | undefined
  readonly #definition: LooseDefinition

  private constructor(definition: LooseDefinition) {
    const { state } = definition.schemas
    this.schema = state && new StateSchema(state)
    this.#definition = definition
  }

  /**
   * Imports an image; `search` tells its module from those of other searches. Its `onLoad` is not run: there is no runtime that could lend it services.
   * @throws MoultError `LOAD_FAILED`, `NOT_A_DEFINITION`.
   */
  static async load(image: string, search: number): Promise<SearchedVersion> {
    const module = (await import(`${image}?search=${search}`).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause)
      const message = `the version threw while it was imported: ${reason}`
      throw new MoultError('LOAD_FAILED', message, { file: image, cause })
    })) as { readonly default?: unknown }
    try {
      return new SearchedVersion(looseDefinition(module.default))
    } catch (error) {
      throw isMoultError(error) ? withDetails(error, { file: image }) : error
    }
  }

  get label(): string {
    return this.#definition.version
  }

  /** How a state of an older version becomes one of this; undefined where nothing leads here. */
  codeChangeFrom(older: string): LooseChange | undefined {
    const change = this.#definition.codeChange[older]
    return change === 'unchanged' ? (state) => state : this.#whole(change, `codeChange['${older}']`)
  }

  /** How a state of this version becomes one of an older; undefined where there is no way back. */
  downgradeTo(older: string): LooseChange | undefined {
    return this.#whole(this.#definition.downgrade[older], `downgrade['${older}']`)
  }

  /** @throws MoultError `NO_MIGRATION` for a step record by record. */
  #whole(step: LooseChange | LooseRecordStep | undefined, name: string): LooseChange | undefined {
    if (!isRecordStep(step)) return step
    const message = `${name} of ${this.label} goes record by record: states with tables cannot be made up`
    const expected = 'a function of the whole state'
    throw new MoultError('NO_MIGRATION', message, { expected, received: '{ tables, state }' })
  }
}
