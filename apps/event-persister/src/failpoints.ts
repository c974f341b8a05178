/** Every step between acceptance and reply at which a fault test may stop, fail or kill the process. */
export const FAILPOINTS = [
  'persister.accepted',
  'persister.loading',
  'persister.before-store',
  'persister.inside-transaction',
  'persister.after-store',
  'persister.before-projection',
  'persister.after-projection',
  'persister.before-reply',
  'persister.before-publish',
  'persister.after-publish',
  'persister.before-take-over',
  'persister.after-take-over',
  'persister.before-release',
  'persister.inbound-taken',
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

/** Named places that do nothing, unless a laboratory arms them: then they wait, throw or end the process. */
export interface Failpoints {
  reach(failpoint: Failpoint): Promise<void> | undefined;
}

export const NO_FAILPOINTS: Failpoints = { reach: () => undefined };
