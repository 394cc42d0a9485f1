import { extraArguments } from '../protocol/extra-arguments.ts'

/** The parameters of public methods, by the names of the methods. */
type Signatures<Owner> = { readonly [Name in keyof Owner]?: readonly string[] }

type Method = (this: unknown, ...given: unknown[]) => unknown

/** Makes methods that answer with a promise reject when they are given more arguments than they take. */
export function rejectExtraArguments<Owner extends object>(
  owner: Owner,
  signatures: Signatures<Owner>,
): void {
  limit(owner, signatures, (error) => Promise.reject(error))
}

/** Makes other methods throw when they are given more arguments than they take. */
export function refuseExtraArguments<Owner extends object>(
  owner: Owner,
  signatures: Signatures<Owner>,
): void {
  limit(owner, signatures, (error) => {
    throw error
  })
}

function limit<Owner extends object>(
  owner: Owner,
  signatures: Signatures<Owner>,
  refuse: (error: Error) => unknown,
): void {
  for (const [name, takes] of Object.entries<readonly string[] | undefined>(signatures)) {
    const method = Reflect.get(owner, name) as Method
    const limited: Method = function (...given) {
      if (takes === undefined || given.length <= takes.length) return method.apply(this, given)
      return refuse(extraArguments(name, takes, given.length))
    }
    Object.defineProperty(limited, 'name', { value: name })
    Object.defineProperty(owner, name, { value: limited })
  }
}
