/** The conditions that Node was started with, by `-C` on its command line or in NODE_OPTIONS. */
export function givenConditions(
  execArgv: readonly string[] = process.execArgv,
  nodeOptions = process.env['NODE_OPTIONS'] ?? '',
): string[] {
  const given = [...conditionsIn(wordsOf(nodeOptions)), ...conditionsIn(execArgv)]
  return [...new Set(given)]
}

/** All that hold in this Node, but for `import` and `require`, which depend on who asks. */
export function heldConditions(): string[] {
  const { require_module: isSync } = process.features as { readonly require_module?: boolean }
  return ['node', 'node-addons', ...(isSync === true ? ['module-sync'] : []), ...givenConditions()]
}

function conditionsIn(words: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    const [, joined] = /^(?:-C|--conditions)=(.*)$/s.exec(word) ?? []
    if (joined !== undefined) return [joined]
    const next = words[index + 1]
    return /^(?:-C|--conditions)$/.test(word) && next !== undefined ? [next] : []
  })
}

/** As Node reads NODE_OPTIONS: spaces part, double quotes hold together, a backslash in them means what follows. */
function wordsOf(text: string): string[] {
  const words = text.match(/(?:"(?:[^"\\]|\\.)*"|[^\s"])+/gs) ?? []
  return words.map((word) => {
    return word.replace(/"((?:[^"\\]|\\.)*)"/gs, (_, inside: string) =>
      inside.replace(/\\(.)/gs, '$1'),
    )
  })
}
