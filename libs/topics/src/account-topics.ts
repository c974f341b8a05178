import { AccountEventRecord } from './generated/plexus/topics/v1/account_events.ts';
import { codecOf } from './record-codec.ts';
import type { TopicDefinition } from './topic-definition.ts';

/** What happens to accounts: key = user id (of a policy: its server's name), in the order of positions. Postgres has it all. */
export const ACCOUNT_EVENTS: TopicDefinition<AccountEventRecord> = {
  name: 'account.events',
  codec: codecOf(AccountEventRecord),
  ifLost: 'refilled',
};
