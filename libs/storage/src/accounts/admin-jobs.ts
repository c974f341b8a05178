import type { JsonObject } from '@plexus/matrix-base';

export type AdminJobStatus = 'scheduled' | 'active' | 'complete' | 'failed' | 'cancelled';

export interface NewAdminJob {
  readonly jobId: string;
  readonly kind: string;
  /** The room or user that it is about. */
  readonly target: string;
  /** The hosted server that it is done for; nothing: the deployment. */
  readonly serverName: string | undefined;
  /** A user id, or the name of the policy that asked for it. */
  readonly requestedBy: string;
  readonly parameters: JsonObject;
}

/**
 * Long work that any process takes up where another left it.
 *
 *     scheduled ──claim──► active ──► complete
 *                          │  ▲ └──► failed      it cannot succeed
 *                          │  └───── rests       infrastructure failed: taken up again
 *                          └───────► cancelled   by an administrator; from scheduled, too
 */
export interface AdminJob extends NewAdminJob {
  readonly status: AdminJobStatus;
  /** How far it is, in the words of its kind: what the next process goes on from. */
  readonly progress: JsonObject;
  readonly result: JsonObject | undefined;
  /** Why it failed, or why the last attempt stopped. */
  readonly error: string | undefined;
  readonly attempts: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly changedAt: number;
  readonly finishedAt: number | undefined;
}

export interface AdminJobQuery {
  readonly jobId?: string | undefined;
  readonly kinds?: readonly string[] | undefined;
  readonly target?: string | undefined;
  readonly statuses?: readonly AdminJobStatus[] | undefined;
  /** Only those of this hosted server. */
  readonly serverName?: string | undefined;
  /** Only those created before; milliseconds since the epoch. */
  readonly createdBefore?: number | undefined;
  readonly limit: number;
}

export interface AdminJobRepository {
  addJob(job: NewAdminJob): Promise<void>;
  /** Adds the job unless one of its kind and target is unfinished; then nothing changes, and the answer is false. */
  addJobUnlessOpen(job: NewAdminJob): Promise<boolean>;
  /** Adds a job on which its caller works at once; one with this id is taken over, as it is. Returns the claim. */
  beginJob(job: NewAdminJob, claimMs: number): Promise<string>;
  findJob(jobId: string): Promise<AdminJob | undefined>;
  /** The newest first. */
  listJobs(query: AdminJobQuery): Promise<AdminJob[]>;
  /** Takes an unfinished job that no living process works on; the claim lasts so many milliseconds and is renewed by progress. */
  claimJob(claimMs: number): Promise<{ readonly job: AdminJob; readonly claim: string } | undefined>;
  /** False where the job was cancelled, or another process holds the claim now: then this one stops. */
  recordProgress(claim: string, progress: JsonObject, claimMs: number): Promise<boolean>;
  finishJob(claim: string, end: AdminJobEnd): Promise<boolean>;
  /** Lays the job down; it may be taken up again after so many milliseconds. */
  restJob(claim: string, error: string | undefined, restMs: number): Promise<void>;
  /** False where it is finished or unknown. */
  cancelJob(jobId: string): Promise<boolean>;
  /** Forgets jobs that were finished so long ago; returns how many, at most `limit`. */
  removeFinished(olderThanMs: number, limit: number): Promise<number>;
}

export type AdminJobEnd =
  | { readonly status: 'complete'; readonly result: JsonObject }
  | { readonly status: 'failed'; readonly error: string };
