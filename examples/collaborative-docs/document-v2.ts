import { defineProcess, event, table } from 'moult'
import * as Y from 'yjs'

/** Another shape of state: a table of updates, one a record. Nothing is encoded in an upgrade's pause any more. */
export default defineProcess({
  version: '2.0.0',
  emits: { update: event<Uint8Array>() },
  init: () => ({ updates: table<number, Uint8Array>() }),
  codeChange: {
    '1.0.0': (old: { content: Uint8Array }) => ({ updates: table([[0, old.content]]) }),
  },
  downgrade: {
    '1.0.0': (state) => ({ content: Y.mergeUpdates([...state.updates.values()]) }),
  },
  live: {
    open: (state) => {
      const doc = new Y.Doc()
      for (const update of state.updates.values()) Y.applyUpdate(doc, update)
      return doc
    },
    close: (doc) => doc.destroy(),
  },
  calls: {
    content: (_state, _payload: undefined, { live }) => Y.encodeStateAsUpdate(live),
    /** In how many edits the document was written, since it is counted. */
    edits: (state) => state.updates.size,
  },
  casts: {
    edit: (state, update: Uint8Array, { live, emit }) => {
      Y.applyUpdate(live, update)
      state.updates.set(state.updates.size, update)
      emit('update', update)
    },
  },
})
