/** Every step at which a fault test may stop, fail or kill the process. */
export const FAILPOINTS = [
  'appservice.before-append',
  'appservice.after-append',
  'appservice.before-begin',
  'appservice.before-send',
  'appservice.after-send',
  'appservice.after-finish',
  'appservice.after-take-over',
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

/** Named places that do nothing, unless a laboratory arms them: then they wait, throw or end the process. */
export interface Failpoints {
  reach(failpoint: Failpoint): Promise<void> | undefined;
}

export const NO_FAILPOINTS: Failpoints = { reach: () => undefined };
