/**
 * The fields of an object, those of a class or of defaults that it was made of included, and none that a program has
 * added to the prototype of all objects. The object itself where nothing has been added.
 */
export function ownFields<Fields extends object>(value: Fields): Fields {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype && !isExtended()) return value
  const own = bare({}) as Fields
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) inherit(own, value)
  return Object.assign(own, value)
}

/** The same fields in an object without a prototype. Made so, it is as fast to read as any other. */
export function bare<Fields extends object>(value: Fields): Fields {
  return Object.setPrototypeOf({ ...value }, null) as Fields
}

/** Whether a program has added to the prototype of all objects, as a careless merge does. */
function isExtended(): boolean {
  for (const _ in Object.prototype) return true
  return false
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
