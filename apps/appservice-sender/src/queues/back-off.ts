const LONGEST_POWER = 9;

/** How long an application service is left alone that has failed so often in a row: 2, 4, 8 … 512 seconds. */
export function backOffMs(failures: number): number {
  return 2 ** Math.min(Math.max(failures, 1), LONGEST_POWER) * 1_000;
}
