// A server that counts in memory. What it answers after an update says what has become of the count.
import { createServer } from 'node:http'

let count = 0
const server = createServer((_request, response) => response.end(String(++count)))
server.listen(Number(process.env.PORT ?? 4567), () => process.send?.('ready'))
