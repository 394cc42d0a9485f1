/** Thrown at what cannot go over piece by piece: the state goes as a whole, where it is told what that is. */
export class NotCarried extends Error {
  constructor(reason: string) {
    super(reason)
    // It is no fault: nothing asks where it was found.
    this.stack = ''
  }
}
