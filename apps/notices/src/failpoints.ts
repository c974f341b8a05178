/** Steps at which a fault test may stop, fail or kill the process. */
export const FAILPOINTS = ['notices.before-send', 'notices.after-send', 'notices.after-finish'] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

/** Named places that do nothing, unless a laboratory arms them: then they wait, throw or end the process. */
export interface Failpoints {
  reach(failpoint: Failpoint): Promise<void> | undefined;
}

export const NO_FAILPOINTS: Failpoints = { reach: () => undefined };
