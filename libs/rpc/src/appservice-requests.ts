import type { JsonValue } from '@plexus/matrix-base';

/** What became of a ping (https://spec.matrix.org/v1.19/application-service-api/#pinging). */
export type AppservicePingOutcome =
  | { readonly outcome: 'answered'; readonly status: number; readonly body: string; readonly durationMs: number }
  | { readonly outcome: 'unreachable'; readonly reason: 'timeout' | 'connection'; readonly because: string }
  /** There is no such application service, or it has no URL. */
  | { readonly outcome: 'not-asked' };

/** `failed`: it gave no answer that says so. */
export type AppserviceQueryOutcome = 'exists' | 'unknown' | 'failed';

/** A question about a third-party network (https://spec.matrix.org/v1.19/application-service-api/#third-party-networks). */
export type ThirdPartyQuestion =
  | { readonly kind: 'protocol'; readonly protocol: string }
  /** Users or locations of the network, by the fields that it looks for. */
  | {
      readonly kind: 'users' | 'locations';
      readonly protocol: string;
      readonly fields: Readonly<Record<string, string>>;
    }
  /** Which users of networks a Matrix user stands for. */
  | { readonly kind: 'by-user'; readonly userId: string }
  | { readonly kind: 'by-alias'; readonly alias: string };

export type AppserviceQueueOrder =
  | { readonly kind: 'pause' | 'resume' }
  /** Up to this item nothing more is sent. */
  | { readonly kind: 'skip'; readonly upToSeq: number }
  /** What was sent from this item on is sent again. */
  | { readonly kind: 'replay'; readonly fromSeq: number };

/**
 * What services ask of application services that open no connections themselves, and how they have the queues changed. Throws where no
 * appservice-sender answers.
 */
export interface AppserviceRequests {
  ping(appserviceId: string, transactionId?: string): Promise<AppservicePingOutcome>;
  /** Whether it has the user, or makes it now (https://spec.matrix.org/v1.19/application-service-api/#querying). */
  queryUser(appserviceId: string, userId: string): Promise<AppserviceQueryOutcome>;
  queryAlias(appserviceId: string, alias: string): Promise<AppserviceQueryOutcome>;
  /** What it answered; nothing where it did not. */
  queryThirdParty(appserviceId: string, question: ThirdPartyQuestion): Promise<JsonValue | undefined>;
  /** What waits for it is tried now: it has shown that it is there. */
  retryNow(appserviceId: string): Promise<void>;
  /** Resolves when the change is stored; `unknown`: there is no such queue. */
  changeQueue(appserviceId: string, order: AppserviceQueueOrder): Promise<'done' | 'unknown'>;
}
