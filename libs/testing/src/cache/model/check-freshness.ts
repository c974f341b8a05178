import type { Commit } from './model-postgres.ts';

/** Versions that one look-up brought; 0 where there was nothing. */
export interface ReadRecord {
  readonly process: number;
  readonly key: string;
  readonly version: number;
  readonly startedAt: number;
  /** Orders tell what was before what, also at one time. */
  readonly started: number;
  readonly ended: number;
}

/** A change that its process has been told is done. */
export interface ChangeRecord {
  readonly process: number;
  readonly key: string;
  readonly version: number;
  readonly ended: number;
}

export interface FreshnessHistory {
  readonly reads: readonly ReadRecord[];
  readonly changes: readonly ChangeRecord[];
  commitsOf(key: string): readonly Commit[];
}

/** How far behind a commit a value may be that somebody begins to look for. */
const BOUND_MS = 1_000;

/** Everything in the history that caches must not do, in words. */
export function checkFreshness(history: FreshnessHistory): string[] {
  const groups = Map.groupBy(history.reads, ({ process, key }) => `${process}:${key}`);
  return [
    ...history.reads.flatMap((read) => checkBound(read, history)),
    ...[...groups.values()].flatMap((reads) => checkOrder(reads, history)),
  ];
}

/** A value that a later commit replaced is not looked up any more a second after that. */
function checkBound(read: ReadRecord, history: FreshnessHistory): string[] {
  const successor = history.commitsOf(read.key).find(({ version }) => version === read.version + 1);
  if (successor === undefined || read.startedAt - successor.at <= BOUND_MS) return [];
  const late = Math.round(read.startedAt - successor.at);
  return [
    `process ${read.process} at ${Math.round(read.startedAt)} read ${read.key}=${read.version}, replaced ${late} ms before`,
  ];
}

/** In one process what was read, or written, before a look-up began is not undone by it. */
function checkOrder(reads: readonly ReadRecord[], { changes }: FreshnessHistory): string[] {
  const first = reads[0];
  if (first === undefined) return [];
  const own = changes.filter(({ process, key }) => process === first.process && key === first.key);
  const known = [...reads, ...own].toSorted((a, b) => a.ended - b.ended);
  let newest = 0;
  let next = 0;
  const violations: string[] = [];
  for (const read of reads.toSorted((a, b) => a.started - b.started)) {
    for (let seen = known[next]; seen !== undefined && seen.ended < read.started; seen = known[next]) {
      newest = Math.max(newest, seen.version);
      next += 1;
    }
    if (read.version < newest)
      violations.push(
        `process ${read.process} at ${Math.round(read.startedAt)} read ${read.key}=${read.version} after ${newest}`,
      );
  }
  return violations;
}
