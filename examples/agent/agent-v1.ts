import { defineProcess, event } from 'moult'
import { think } from './model.ts'

/** Answers word by word, remembers what it was asked, and reports once a second how much that is. */
export default defineProcess({
  version: '1.0.0',
  emits: { report: event<{ remembered: number }>() },
  init: (_args: undefined, { cron }) => {
    cron('* * * * * *', 'report')
    return { questions: [] as string[], answers: [] as string[], words: [] as string[] }
  },
  // An upgrade does not wait for the end of an answer: the next version goes on with it.
  resumable: ['answer'],
  calls: {
    async *answer(state, question: string, { resumed }) {
      if (resumed === undefined) state.words = []
      for await (const word of think(question, state.questions.length, resumed?.count)) {
        state.words.push(word) // what the next version needs is in the state before it is said
        yield word
      }
      state.questions.push(question)
      state.answers.push(state.words.join(' '))
    },
    memory: (state) =>
      state.questions.map((question, at) => ({ question, answer: state.answers[at]! })),
  },
  casts: {
    report: (state, _payload: undefined, { emit }) => {
      emit('report', { remembered: state.questions.length })
    },
  },
})
