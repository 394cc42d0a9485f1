// Plug-ins in a folder, edited while a client asks them: the next request is answered by what was saved last.
import { createRuntime } from 'moult'
import { once } from 'node:events'
import { checkTable, exactly } from '../check.ts'
import { whole } from '../table.ts'
import { Client } from './client.ts'
import { Folder } from './folder.ts'
import { loadPlugins, serve, urlOf } from './host.ts'

await using folder = await Folder.create()
await using runtime = await createRuntime()
const names = await loadPlugins(runtime, folder.path)
const server = await serve(runtime)
const client = new Client(urlOf(server))

let wrong = 0
async function ask(name: string, input: string, expected: string): Promise<void> {
  const answer = await client.ask(name, input)
  console.log(`  ${name} ${input}: ${answer}`)
  if (answer !== expected) wrong++
}

const end = new AbortController()
const asking = ['roman', 'gcd'].map((name) => client.keepAsking(name, '9,6', end.signal))

console.log(`plug-ins: ${names.join(', ')}`)
await ask('email', 'ada@example.org', 'an address')
await ask('roman', '2026', 'MMXXVI')
await ask('gcd', '48,36', '12')

const watch = runtime.watch()
const refusals: string[] = []
watch.on('failed', ({ error }) => {
  console.log(`  ${error.message}`)
  refusals.push(error.message)
})

console.log('a plug-in is edited')
await folder.edit('roman.ts', 'roman(Number(input))', 'roman(Number(input)).toLowerCase()')
await once(watch, 'upgraded')
await ask('roman', '2026', 'mmxxvi')

console.log('so is a file that it imports')
await folder.edit('numerals.cjs', "let text = ''", "let text = '~'")
await once(watch, 'upgraded')
await ask('roman', '2026', '~mmxxvi')

console.log('an edit breaks a plug-in: it is refused, and what was there goes on')
await folder.edit('gcd.ts', './gcd.wasm', './lost.wasm')
await once(watch, 'failed')
await ask('gcd', '48,36', '12')

console.log('the next edit mends it')
await folder.edit('gcd.ts', './lost.wasm', './gcd.wasm')
await folder.edit('gcd.ts', '`${live', '`it is ${live')
await once(watch, 'upgraded')
await ask('gcd', '48,36', 'it is 12')

end.abort()
await Promise.all(asking)
await watch.close()
server.close()
server.closeAllConnections()

console.log(`\n${whole(client.answered)} requests were answered\n`)
const checks = [
  exactly('requests that failed', client.failed, 0),
  exactly('answers that were lost or came twice', client.misnumbered, 0),
  exactly('answers that were not those of what was saved', wrong, 0),
  exactly('edits that were refused', refusals.length, 1),
]
console.log(checkTable(checks))
process.exitCode = checks.every(({ holds }) => holds) ? 0 : 1
