/** The npm package `minimist` has no types of its own. */
declare module 'minimist' {
  export default function minimist(args: string[]): {
    /** What follows no option. */
    readonly _: readonly string[]
    /** Options by name: what looks like a number is one, and an option without a value is true. */
    readonly [option: string]: unknown
  }
}
