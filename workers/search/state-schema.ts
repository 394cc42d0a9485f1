import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import { stepTo } from '../../src/protocol/step-to.ts'
import { reasonOf } from '../../src/protocol/reason.ts'

/** An issue of a state, by a schema. */
export interface SchemaIssue {
  readonly message: string
  /** Such as `state.users[0].name`. */
  readonly path: string
}

type Converter = (options: StandardJSONSchemaV1.Options) => unknown

/** A version's schema of its states, by the Standard Schema interface, of whichever library. */
export class StateSchema {
  readonly #schema: StandardSchemaV1

  constructor(schema: StandardSchemaV1) {
    this.#schema = schema
  }

  /** The issues of a state; none if it fits. A schema that throws refuses. */
  async issuesOf(state: unknown): Promise<SchemaIssue[]> {
    try {
      const { issues = [] } = await this.#schema['~standard'].validate(state)
      return issues.map(({ message, path }) => ({ message, path: pathOf(path) }))
    } catch (error) {
      const message = reasonOf(error)
      return [{ message: `the schema threw: ${message}`, path: 'state' }]
    }
  }

  /** The schema as JSON Schema, if its library can convert it completely. */
  jsonSchema(): unknown {
    for (const convert of convertersOf(this.#schema)) {
      try {
        const converted = convert({ target: 'draft-2020-12' })
        if (typeof converted === 'object' && converted !== null) return converted
      } catch {
        // JSON Schema knows no Map and no Date; another converter may, or the type.
      }
    }
    return undefined
  }
}

/** The Standard JSON Schema interface, and the methods that libraries had before it. */
function convertersOf(schema: StandardSchemaV1): Converter[] {
  const { jsonSchema } = schema['~standard'] as Partial<StandardJSONSchemaV1.Props>
  const own = schema as Partial<Record<'toJsonSchema' | 'toJSONSchema', Converter>>
  const converters = [
    jsonSchema?.output.bind(jsonSchema),
    jsonSchema?.input.bind(jsonSchema),
    own.toJsonSchema?.bind(schema),
    own.toJSONSchema?.bind(schema),
  ]
  return converters.filter((each) => typeof each === 'function')
}

function pathOf(path: StandardSchemaV1.Issue['path']): string {
  const steps = (path ?? []).map((step) => (typeof step === 'object' ? step.key : step))
  const texts = steps.map((key) => (typeof key === 'number' ? `[${key}]` : stepTo(String(key))))
  return `state${texts.join('')}`
}
