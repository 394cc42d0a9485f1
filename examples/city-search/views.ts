/** How often each viewed city was viewed, by its id. */
export function viewCounts(
  cities: Iterable<readonly [number, { readonly views: number }]>,
): Map<number, number> {
  const counts = new Map<number, number>()
  for (const [id, { views }] of cities) if (views > 0) counts.set(id, views)
  return counts
}
