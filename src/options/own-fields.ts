/**
 * The same fields in an object without a prototype, those of a class or of defaults that it was made of included. The
 * prototype of all objects is left out: a program may have added anything to it.
 */
export function ownFields<Fields extends object>(value: Fields): Fields {
  const prototype: unknown = Object.getPrototypeOf(value)
  const own = Object.create(null) as Fields
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) inherit(own, value)
  return Object.assign(own, value)
}

function inherit(own: object, value: object): void {
  for (const owner of classesOf(value)) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
      const isField = property.enumerable === true || 'get' in property
      if (isField) Reflect.set(own, name, Reflect.get(value, name))
    }
  }
}

/** The prototypes of a value, that of all objects left out. */
function classesOf(value: object): object[] {
  const classes: object[] = []
  let owner = Object.getPrototypeOf(value) as object | null
  while (owner !== null && Object.getPrototypeOf(owner) !== null) {
    classes.push(owner)
    owner = Object.getPrototypeOf(owner) as object | null
  }
  return classes
}
