/** How many messages make one sample. */
export const ROUND_TRIPS = 2_000
export const CALLS = 100_000
export const CASTS = 200_000
/** Calls that are under way at any time; in Erlang each is a client process of its own. */
export const CLIENTS = 1_000
/** Casts in one turn of the event loop. */
export const PER_TICK = 1_000
