import type { JsonValue } from '@plexus/matrix-base';
import type {
  AppservicePingOutcome,
  AppserviceQueryOutcome,
  AppserviceQueueOrder,
  AppserviceRequests,
  ThirdPartyQuestion,
} from '@plexus/rpc';

/** Application services that answer what a test sets. */
export class FakeAppserviceRequests implements AppserviceRequests {
  readonly asked: string[] = [];
  pinged: AppservicePingOutcome = { outcome: 'not-asked' };
  thirdParty: JsonValue | undefined;
  /** What happens when a user or an alias is asked for: whether it is there then. */
  make: (name: string) => Promise<AppserviceQueryOutcome> = async () => 'unknown';

  async ping(appserviceId: string, transactionId?: string): Promise<AppservicePingOutcome> {
    this.asked.push(`ping ${appserviceId} ${transactionId ?? ''}`);
    return this.pinged;
  }

  queryUser(appserviceId: string, userId: string): Promise<AppserviceQueryOutcome> {
    this.asked.push(`user ${appserviceId} ${userId}`);
    return this.make(userId);
  }

  queryAlias(appserviceId: string, alias: string): Promise<AppserviceQueryOutcome> {
    this.asked.push(`alias ${appserviceId} ${alias}`);
    return this.make(alias);
  }

  async queryThirdParty(appserviceId: string, question: ThirdPartyQuestion): Promise<JsonValue | undefined> {
    this.asked.push(`third-party ${appserviceId} ${JSON.stringify(question)}`);
    return this.thirdParty;
  }

  async retryNow(appserviceId: string): Promise<void> {
    this.asked.push(`retry ${appserviceId}`);
  }

  async changeQueue(appserviceId: string, order: AppserviceQueueOrder): Promise<'done' | 'unknown'> {
    this.asked.push(`queue ${appserviceId} ${JSON.stringify(order)}`);
    return 'done';
  }
}
