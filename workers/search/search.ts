import { MoultError } from '../../src/protocol/errors.ts'
import { deserialise } from '../../src/protocol/bytes/clone-bytes.ts'
import type {
  PrintRequest,
  SearchRefusal,
  SearchRequest,
  SearchResult,
} from '../../src/protocol/jobs/search.ts'
import { encodeThrown } from '../../src/protocol/wire/thrown.ts'
import { printState } from './printed-state.ts'

/** Numbers the searches. Each has its own modules, unaffected by the variables of earlier ones. */
let searches = 0

/** The searching job: looks for a state on which a migration fails. A Piscina task of its own pool. */
export default async function search(
  request: SearchRequest | PrintRequest,
): Promise<SearchResult | SearchRefusal | string> {
  if ('print' in request) return printState(deserialise(request.print))
  // Stack traces name the user's lines, not those of the image.
  process.setSourceMapsEnabled(true)
  try {
    await requireFastCheck()
    // Only now: it imports fast-check.
    const { StateHunt } = await import('./state-hunt.ts')
    const hunt = await StateHunt.prepare(request, ++searches)
    return await hunt.run()
  } catch (error) {
    return { kind: 'refused', thrown: encodeThrown(error) }
  }
}

async function requireFastCheck(): Promise<void> {
  try {
    await import('fast-check')
  } catch (cause) {
    const message = 'a search needs fast-check: install it with npm install --save-dev fast-check'
    throw new MoultError('FAST_CHECK_MISSING', message, {
      expected: 'fast-check 4, an optional peer dependency of moult',
      received: cause instanceof Error ? cause.message : String(cause),
      cause,
    })
  }
}
