/** The same program, another version. */
export { codeChange, ping } from './grid-v1.ts'
