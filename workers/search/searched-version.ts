import { MoultError, isMoultError, withDetails } from '../../src/protocol/errors.ts'
import { looseDefinition } from '../definition/loose-definition.ts'
import { StateSchema } from './state-schema.ts'
import { Version } from '../state/version.ts'

/** A version for a search: the version that an upgrade would run, and its schemas. */
export class SearchedVersion {
  readonly version: Version
  /** Of its states. */
  readonly schema: StateSchema | undefined
  /** Of the values in its tables, by the names of their fields. */
  readonly tableSchemas: ReadonlyMap<string, StateSchema>

  private constructor(exported: unknown) {
    this.version = new Version(exported)
    const { state, tables = {} } = looseDefinition(exported).schemas
    this.schema = state && new StateSchema(state)
    this.tableSchemas = new Map(
      Object.entries(tables).map(([name, schema]) => [name, new StateSchema(schema)]),
    )
  }

  /**
   * Imports an image; `search` tells its module from those of other searches. `onLoad` is not run: there are no
   * services.
   * @throws MoultError `LOAD_FAILED`, `NOT_A_DEFINITION`.
   */
  static async load(image: string, search: number): Promise<SearchedVersion> {
    const module = (await import(`${image}?search=${search}`).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause)
      const message = `the version threw while it was imported: ${reason}`
      throw new MoultError('LOAD_FAILED', message, { file: image, cause })
    })) as { readonly default?: unknown }
    try {
      return new SearchedVersion(module.default)
    } catch (error) {
      throw isMoultError(error) ? withDetails(error, { file: image }) : error
    }
  }

  get label(): string {
    return this.version.contract.version
  }
}
