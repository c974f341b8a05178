import type { Clock } from '@plexus/matrix-base';
import type {
  ConsentKeyReader,
  ConsentRepository,
  HostedServers,
  Policies,
  PolicyDocumentReader,
  UserRepository,
} from '@plexus/storage';

/** What this app needs from outside. */
export interface ConsentPorts {
  readonly servers: HostedServers;
  readonly keys: ConsentKeyReader;
  readonly users: Pick<UserRepository, 'findUser'>;
  readonly policies: Policies;
  readonly documents: PolicyDocumentReader;
  readonly consents: ConsentRepository;
  readonly clock: Pick<Clock, 'now'>;
}
