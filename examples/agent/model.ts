import { setTimeout } from 'node:timers/promises'

/** Stands in for a language model: word by word, each after a moment, and always the same to the same question. */
export async function* think(question: string, remembered: number, from = 0) {
  for (let at = from; ; at++) {
    const word = wordOf(question, remembered, at)
    if (word === undefined) return
    await setTimeout(10)
    yield word
  }
}

/** The word at this place. A story never ends. */
export function wordOf(question: string, remembered: number, at: number): string | undefined {
  if (at === 0) return `After ${remembered} questions I say to "${question}":`
  return at <= 20 || question.includes('story') ? `word${at}` : undefined
}
