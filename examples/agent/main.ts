// An agent tells a client a story, word by word. In the middle of it its code is replaced.
import { createRuntime } from 'moult'
import { checkTable, exactly } from '../check.ts'
import type agentV1 from './agent-v1.ts'
import type agentV2 from './agent-v2.ts'
import { ask } from './client.ts'
import { wordOf } from './model.ts'
import { serve, urlOf } from './server.ts'

await using runtime = await createRuntime()
const code = await runtime.load<typeof agentV1>(new URL('./agent-v1.ts', import.meta.url))
const bot = await code.spawn({ name: 'bot' })
const server = await serve(bot)

const reporters = new Set<string>()
bot.on('report', (_report, { version }) => reporters.add(version))
/** The next report of the schedule, which only 1.0.0 has set. */
const reported = (): Promise<unknown> => bot.events('report').next()

/** 2.0.0 speaks in capitals. */
const isNew = (word: string): boolean => word === word.toUpperCase()

/** The words of an answer, until the client has heard enough. */
async function hear(question: string, enough: (words: string[]) => boolean): Promise<string[]> {
  const words: string[] = []
  console.log(`> ${question}`)
  for await (const word of ask(urlOf(server), question)) {
    words.push(word)
    if (enough(words)) break
  }
  console.log(`${words.join(' ')}\n`)
  return words
}

await reported()
const first = await hear('who are you', () => false)

let upgrade: Promise<unknown> | undefined
const story = await hear('tell me a story', (words) => {
  if (words.length === 10) {
    upgrade = code.upgrade<typeof agentV2>(new URL('./agent-v2.ts', import.meta.url))
  }
  return words.filter(isNew).length === 10
})
await upgrade

const last = await hear('who are you now', () => false)
await reported()

const asModel = (question: string, before: number) => (word: string, at: number) =>
  word.toLowerCase() === wordOf(question, before, at)?.toLowerCase()
const changes = story.filter((word, at) => at > 0 && isNew(word) !== isNew(story[at - 1]!))
const memory = await bot.as<typeof agentV2>().call('memory')
const said = [first, last].map((words) => words.join(' '))
const checks = [
  exactly(
    'words of the story in their places',
    story.filter(asModel('tell me a story', 1)).length,
    story.length,
  ),
  exactly('times that the voice changed in it', changes.length, 1),
  exactly(
    'whole answers that are remembered',
    memory.filter(({ answer }, at) => answer === said[at]).length,
    2,
  ),
  exactly('versions that the schedule has reported from', reporters.size, 2),
]
console.log(checkTable(checks))

server.close()
server.closeAllConnections()
process.exitCode = checks.every(({ holds }) => holds) ? 0 : 1
