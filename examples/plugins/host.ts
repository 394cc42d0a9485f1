import type { Runtime } from 'moult'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import type { Plugin } from './plugin.ts'

/** Each `.ts` file in a folder is a plug-in, with the file's name. */
export async function loadPlugins(runtime: Runtime, folder: string): Promise<string[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts'))
  const names = files.map((file) => path.basename(file, '.ts'))
  for (const name of names) {
    const code = await runtime.load<Plugin>(path.join(folder, `${name}.ts`))
    await code.spawn({ name })
  }
  return names
}

/** `/name?input` is answered by the plug-in of that name. */
export async function serve(runtime: Runtime): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '', 'http://localhost')
    const plugin = runtime.whereis<Plugin>(pathname.slice(1))
    if (plugin === undefined) return response.writeHead(404).end()
    plugin.call('run', decodeURIComponent(search.slice(1))).then(
      (answer) => response.end(JSON.stringify(answer)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

export function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
