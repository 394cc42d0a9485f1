const began = performance.now()

/** A line of the running commentary, with the seconds since the start. */
export function say(text: string): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(5)
  console.log(`${seconds} s  ${text}`)
}

/** Says every second how far the load has come, until it is disposed of: a run that fails should end as well. */
export function follow(
  load: { readonly answered: number },
  cities: { readonly version: string },
): Disposable {
  let last = 0
  const timer = setInterval(() => {
    const { answered } = load
    const count = answered.toLocaleString('en-US')
    const more = (answered - last).toLocaleString('en-US')
    say(`${cities.version} serves: ${count} requests answered (+${more})`)
    last = answered
  }, 1000)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
