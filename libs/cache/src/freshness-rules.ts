/**
 * What keeps mutable values fresh, in numbers (milliseconds). A value that a read brings was the newest one at most a second before that read
 * began: half a second for which the generation's confirmation counts, and half a second for which level one serves it.
 * The model checker (`freshness.spec.ts`) switches each rule off to show that it is needed.
 */
export interface FreshnessRules {
  /** How long level one serves a mutable value, counted from before it was read. */
  readonly servedMs: number;
  /** A read joins one that is under way only if that began less than this long ago. */
  readonly joinedMs: number;
  /** What a read brings is kept only if no change of the key was heard of since it began. */
  readonly dropsOutrun: boolean;
  /** What a read brings is kept only if no later one of the same key began. */
  readonly keepsNewestOnly: boolean;
  /** How long a confirmation of the generation counts, from before it was asked for. */
  readonly confirmedMs: number;
  /** A command that failed ends the generation's confirmation: why it failed may be why the generation moved on. */
  readonly doubtsFailures: boolean;
  /** How long the shared level stays closed for everybody once its generation was raised: changes that began before end in that time. */
  readonly closedMs: number;
  /** A change is announced again where longer than this passed before its commit (the process stood still). */
  readonly promptMs: number;
  /** A change that took longer than all others wait for raises the generation once it is committed. */
  readonly raisesForSlowChanges: boolean;
}

export const FRESHNESS_RULES: FreshnessRules = {
  servedMs: 500,
  joinedMs: 500,
  dropsOutrun: true,
  keepsNewestOnly: true,
  confirmedMs: 500,
  doubtsFailures: true,
  closedMs: 15_000,
  promptMs: 5_000,
  raisesForSlowChanges: true,
};
