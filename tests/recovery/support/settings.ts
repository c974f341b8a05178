/** Whether all rounds and switch-offs run: `npm test -- --full`. */
export const isFull = process.env['PLEXUS_TEST_FULL'] === '1';

/** Every choice of a run follows from it. */
export const seed = Number(process.env['PLEXUS_TEST_SEED'] ?? 1);
