/** The first event of a room from elsewhere gets this position: what comes before it may be fetched later, and goes below it. */
export const FIRST_IMPORTED_POSITION = 2 ** 40;

/** So many positions stay free where events are missing, for those that may be fetched later. All are below 2^53. */
export const GAP_POSITIONS = 2 ** 24;
