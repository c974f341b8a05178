/** Every step between acceptance and reply that changes something; a fault test may stop, fail or kill the process there. */
export const FAILPOINTS = [
  'client-api.before-account',
  'client-api.after-account',
  'client-api.before-session',
  'client-api.after-session',
  'client-api.before-creation',
  'client-api.after-creation',
  'client-api.before-alias',
  'client-api.after-alias',
  'client-api.before-command',
  'client-api.after-command',
  'client-api.before-publication',
  'client-api.after-publication',
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

/** Named places that do nothing, unless a laboratory arms them: then they wait, throw or end the process. */
export interface Failpoints {
  reach(failpoint: Failpoint): Promise<void> | undefined;
}
