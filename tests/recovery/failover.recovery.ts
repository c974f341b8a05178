import { afterEach, describe, expect, it } from 'vitest';
import type { Deployment, ServiceName } from '../../scripts/cluster/deployment.ts';
import { coreServiceNames } from '../../scripts/cluster/deployment.ts';
import { launchCluster } from '../../scripts/cluster/launch-cluster.ts';
import { laboratorySettings } from '../../scripts/cluster/service-configuration.ts';
import type { Random } from '../support/faults/random.ts';
import { startPostgresPair } from '../support/servers/postgres-pair.ts';
import type { PostgresPair } from '../support/servers/postgres-pair.ts';
import { BROKERS, startFailoverBackends } from './support/failover/failover-backends.ts';
import type { FailoverBackends } from './support/failover/failover-backends.ts';
import {
  killBroker,
  moveRedis,
  promoteStandbyThatLags,
  promoteSynchronousStandby,
} from './support/failover/failover-faults.ts';
import { loseAndBeGivenBack } from './support/failover/give-back.ts';
import { federatedSettings } from './support/federation/run-federated-round.ts';
import { keepResult } from './support/keep-result.ts';
import { checkPublished, readPublished } from './support/read-published.ts';
import { runRound } from './support/run-round.ts';
import { isFull, seed } from './support/settings.ts';
import type { Fault } from './support/stage.ts';

let backends: FailoverBackends | undefined;
let deployment: Deployment | undefined;
afterEach(async () => {
  await deployment?.dispose();
  await backends?.dispose();
  [backends, deployment] = [undefined, undefined];
});

const HALF_AN_HOUR = 1_800_000;
/** Without those that only other servers need. */
const few: readonly ServiceName[] = ['event-persister', 'client-api', 'sync'];

interface FailoverRound {
  readonly name: string;
  readonly replication: 'synchronous' | 'asynchronous';
  readonly services: readonly ServiceName[];
  readonly faults: (backends: FailoverBackends, random: Random) => readonly Fault[];
}

/** What `npm test` has time for: one of each. */
const short: FailoverRound = {
  name: 'a dead broker, another Redis, and a Postgres that lacks commits',
  replication: 'asynchronous',
  services: few,
  faults: (own, random) => [...random.shuffle([killBroker(own), moveRedis(own)]), promoteStandbyThatLags(own)],
};

const full: readonly FailoverRound[] = [
  {
    name: 'a Postgres that lacks commits, and dead brokers',
    replication: 'asynchronous',
    services: coreServiceNames,
    faults: (own) => [killBroker(own), killBroker(own), promoteStandbyThatLags(own), killBroker(own)],
  },
  {
    name: 'a Postgres that has all commits, and another Redis',
    replication: 'synchronous',
    services: coreServiceNames,
    faults: (own) => [killBroker(own), promoteSynchronousStandby(own), moveRedis(own), killBroker(own)],
  },
  {
    name: 'a Postgres that lacks commits and was said to have them',
    replication: 'synchronous',
    services: coreServiceNames,
    faults: (own) => [promoteStandbyThatLags(own)],
  },
];

let postgres: PostgresPair | undefined;
afterEach(async () => {
  await postgres?.dispose();
  postgres = undefined;
});

describe('a failover', () => {
  it.each(isFull ? [short, ...full] : [short])('to $name is survived', { timeout: HALF_AN_HOUR }, async (round) => {
    backends = await startFailoverBackends();
    deployment = await launchCluster({
      addresses: backends.addresses,
      kafkaCopies: BROKERS,
      services: round.services,
      settings: {
        ...laboratorySettings,
        ...backends.settings,
        database: { url: backends.addresses.postgres, replication: round.replication },
      },
    });
    const own = backends;
    const result = await runRound(deployment, { seed, faults: (random) => round.faults(own, random) });
    const violations = [...result.violations, ...checkPublished(await readPublished(deployment))];
    await keepResult({ name: `Failover: ${round.name}`, expected: 'no violation', result: { ...result, violations } });
    expect(violations).toEqual([]);
  });

  const othersHaveIt = 'that loses what another server has gets it back from there';
  it.each(isFull ? [othersHaveIt] : [])('%s', { timeout: HALF_AN_HOUR }, async () => {
    postgres = await startPostgresPair();
    deployment = await launchCluster({
      addresses: { postgres: postgres.address },
      services: coreServiceNames,
      replicas: 1,
      settings: federatedSettings,
    });
    expect(await loseAndBeGivenBack(deployment, postgres)).toEqual(['kept', 'lost and given back', 'what follows']);
  });
});
