/** Who ended a thread, seen from one of the processes that lived there. */
export type Blame = 'own' | "another's" | 'unknown'
