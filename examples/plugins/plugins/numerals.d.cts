declare function roman(number: number): string
export = roman
