/** The steps between acceptance and reply; a fault test may stop, fail or kill the process there. */
export const FAILPOINTS = ['sync.accepted', 'sync.before-reply', 'sync.records-taken'] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

/** Named places that do nothing, unless a laboratory arms them: then they wait, throw or end the process. */
export interface Failpoints {
  reach(failpoint: Failpoint): Promise<void> | undefined;
}
