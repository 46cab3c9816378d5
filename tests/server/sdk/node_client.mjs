// An application with Segment's library for Node, unchanged but for the host; as python_client.py, without a MODE.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

// from the folder that it is started in
const found = createRequire(pathToFileURL(process.cwd() + '/')).resolve('@segment/analytics-node')
const { Analytics } = (await import(pathToFileURL(found))).default

const [host, writeKey, name, rate] = process.argv.slice(2)
const types = ['track', 'identify', 'page', 'screen', 'group', 'alias']
const text = 'é \u2028 💩 \\ "'
const odd = { price: NaN, amount: 1.5, at: new Date(), nothing: undefined, text }
const long = 12
const more = {
  identify: { traits: { email: 'a@example.com' } },
  page: { name: 'Home' },
  screen: { name: 'Home' },
  group: { groupId: 'g1', traits: { plan: 'gold' } },
  alias: { previousId: 'before' },
}
const analytics = new Analytics({ writeKey, host })
analytics.on('error', () => {}) // what failed is told to the callback of each call
const delivered = []
const failed = []

let number = 0
const timer = setInterval(() => {
  const type = types[number % types.length]
  const messageId = `${name}-${number}${number === long ? '-long' : ''}`
  const call = { userId: `${name}-u${number % 7}`, messageId, ...more[type] }
  if (type === 'track') {
    call.event = 'Opened'
    call.properties = number === long ? { ...odd, text: text + 'x'.repeat(40_000) } : odd
  }
  analytics[type](call, (error) => (error ? failed : delivered).push(messageId))
  number += 1
}, 1000 / Number(rate))

process.stdin.resume()
process.stdin.on('end', async () => {
  clearInterval(timer)
  await analytics.closeAndFlush({ timeout: 60_000 })
  process.stdout.write(JSON.stringify({ delivered, failed, made: number }) + '\n')
})
