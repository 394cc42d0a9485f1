export default { version: '1', init: () => ({}), calls: {
  echo: (_s, p) => p,
  many: async (_s, { to, count, outstanding }, context) => {
    const { call } = context
    const began = performance.now()
    let left = count
    const lane = async () => { while (left-- > 0) await context.call(to, 'echo', 1) }
    await Promise.all(Array.from({ length: outstanding }, lane))
    return performance.now() - began
  } } }