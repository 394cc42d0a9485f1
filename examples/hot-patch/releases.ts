import type { VersionInfo } from 'moult'

/** The releases of minimist that a version's image was made of. */
export function releasesOf({ packages }: VersionInfo): string[] {
  return packages.filter(({ name }) => name === 'minimist').map(({ version }) => version)
}

/** In how many live isolates a release of minimist is, by the images of the versions that they have loaded. */
export function isolatesWith(release: string, versions: readonly VersionInfo[]): number {
  return versions
    .filter((version) => releasesOf(version).includes(release))
    .reduce((sum, { isolates }) => sum + isolates.length, 0)
}

/** Paths of the user's own sources that are not the same in both versions. */
export function changedSources(one: VersionInfo, other: VersionInfo): string[] {
  const [before, after] = [ownSources(one), ownSources(other)]
  const paths = new Set([...before.keys(), ...after.keys()])
  return [...paths].filter((path) => before.get(path) !== after.get(path))
}

function ownSources({ sources }: VersionInfo): Map<string, string> {
  const own = sources.filter(({ path }) => !path.includes('node_modules/'))
  return new Map(own.map(({ path, hash }) => [path, hash]))
}
