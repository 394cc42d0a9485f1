import { defineProcess, event } from 'moult'
import { think } from './model.ts'

interface Turn {
  readonly question: string
  readonly answer: string
}

interface Columns {
  readonly questions: readonly string[]
  readonly answers: readonly string[]
  readonly words: string[]
}

/** Speaks in capitals, and keeps a question with its answer. The schedule is the process's: it goes on by itself. */
export default defineProcess({
  version: '2.0.0',
  emits: { report: event<{ remembered: number }>() },
  init: (_args: undefined, { cron }) => {
    cron('* * * * * *', 'report')
    return { turns: [] as Turn[], words: [] as string[] }
  },
  codeChange: {
    '1.0.0': ({ questions, answers, words }: Columns) => ({
      turns: questions.map((question, at): Turn => ({ question, answer: answers[at]! })),
      words,
    }),
  },
  downgrade: {
    '1.0.0': ({ turns, words }) => ({
      questions: turns.map(({ question }) => question),
      answers: turns.map(({ answer }) => answer),
      words,
    }),
  },
  resumable: ['answer'],
  calls: {
    async *answer(state, question: string, { resumed }) {
      if (resumed === undefined) state.words = []
      for await (const word of think(question, state.turns.length, resumed?.count)) {
        state.words.push(word.toUpperCase())
        yield word.toUpperCase()
      }
      state.turns.push({ question, answer: state.words.join(' ') })
    },
    memory: (state) => state.turns,
  },
  casts: {
    report: (state, _payload: undefined, { emit }) => {
      emit('report', { remembered: state.turns.length })
    },
  },
})
