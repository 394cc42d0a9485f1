/**
 * One sample of each variant in turn, again and again, so that drift of the machine hits all alike.
 * Each round starts with another variant: none always runs in the wake of the same one.
 */
export async function roundRobin<Variant>(
  rounds: number,
  variants: readonly Variant[],
  sample: (variant: Variant, round: number) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < variants.length; turn++) {
      await sample(variants[(round + turn) % variants.length]!, round)
    }
  }
}
