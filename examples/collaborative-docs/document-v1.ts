import { defineProcess, event } from 'moult'
import * as Y from 'yjs'

/** A document of Yjs. Its state is one update, in which all is told that was ever written. */
export default defineProcess({
  version: '1.0.0',
  emits: { update: event<Uint8Array>() },
  init: () => ({ content: Y.encodeStateAsUpdate(new Y.Doc()) }),
  // A Y.Doc is no data, and cannot move: each version opens its own.
  live: {
    open: (state) => {
      const doc = new Y.Doc()
      Y.applyUpdate(doc, state.content)
      return doc
    },
    save: (state, doc) => {
      state.content = Y.encodeStateAsUpdate(doc)
    },
    close: (doc) => doc.destroy(),
  },
  calls: {
    content: (_state, _payload: undefined, { live }) => Y.encodeStateAsUpdate(live),
  },
  casts: {
    edit: (_state, update: Uint8Array, { live, emit }) => {
      Y.applyUpdate(live, update)
      emit('update', update)
    },
  },
})
