import { backendNames } from '../../../scripts/cluster/backends.ts';
import { coreServiceNames } from '../../../scripts/cluster/deployment.ts';
import type { Random } from '../../support/faults/random.ts';
import { burstOfPdus } from './burst-fault.ts';
import { killPlexus, killPostgresOfPlexus } from './embedded-faults.ts';
import { failAt, failpointFaults } from './failpoint-faults.ts';
import { killBackend, killService } from './kill-faults.ts';
import { loseRecords } from './lose-records.ts';
import { lostCommit, networkFaults, unknownCommit } from './network-faults.ts';
import { pauseInTransaction, pauseOwner, wakeBeforeSuccessor } from './pause-faults.ts';
import type { Fault } from './stage.ts';
import { recreateFederationPdus, recreateRoomEvents } from './topic-faults.ts';

/** Faults that follow each other, in an order of chance. */
export interface Round {
  readonly name: string;
  readonly faults: (random: Random) => readonly Fault[];
  /** No fault begins later. */
  readonly budgetMs?: number;
}

const kills = [...coreServiceNames.map(killService), ...backendNames.map(killBackend)];
const commits = [unknownCommit, lostCommit];
const pauses = [pauseOwner, pauseInTransaction, wakeBeforeSuccessor];
const topics = [recreateRoomEvents, recreateFederationPdus, loseRecords, burstOfPdus];

/** So many were over within the budget on two processors before the services started faster: more of them are for `--full`. */
const FAULTS_OF_SHORT_ROUND = 15;

/** What `npm test` has time for: something of each kind. */
export const shortRound: Round = {
  name: 'a round of all kinds of faults',
  budgetMs: 110_000,
  faults(random) {
    const some = [...random.shuffle(networkFaults).slice(0, 3), ...random.shuffle(failpointFaults).slice(0, 4)];
    return random.shuffle([...kills, ...commits, ...pauses, ...topics, ...some]).slice(0, FAULTS_OF_SHORT_ROUND);
  },
};

export const fullRounds: readonly Round[] = [
  { name: 'kill -9 of each process, four times', faults: (random) => random.shuffle(repeat(kills, 4)) },
  {
    name: 'every connection stalled, cut and partitioned, commits without an answer',
    faults: (random) => random.shuffle([...networkFaults, ...repeat(commits, 3)]),
  },
  { name: 'death and failure at every failpoint', faults: (random) => random.shuffle(failpointFaults) },
  {
    name: 'paused owners and lost topics, three times',
    faults: (random) => random.shuffle(repeat([...pauses, ...topics], 3)),
  },
];

const publishedTwice = failAt('event-persister', 'persister.after-publish', 'kill');
const answerLost = failAt('event-persister', 'persister.after-store', 'kill');

/** Each protection, and what it protects against. */
export const unprotectedRounds = [
  { protection: 'epoch', faults: () => [wakeBeforeSuccessor] },
  { protection: 'dedupe', faults: () => repeat([publishedTwice], 4) },
  { protection: 'gap_fill', faults: () => repeat([loseRecords], 2) },
  { protection: 'command_ids', faults: () => repeat([answerLost], 3) },
  { protection: 'offsets', faults: () => repeat([burstOfPdus], 2) },
] as const;

const embeddedKills = [killPlexus, killPostgresOfPlexus];
/** @NOTE Nothing outside the one process can append PDUs, so that place is out of reach. */
const embeddedFailpoints = failpointFaults.filter(({ name }) => !name.includes('inbound-taken'));

export const shortEmbeddedRound: Round = {
  name: 'kill -9 of its one process and of its Postgres',
  budgetMs: 30_000,
  faults: (random) => random.shuffle([...repeat(embeddedKills, 3), ...random.shuffle(embeddedFailpoints).slice(0, 3)]),
};

export const embeddedRounds: readonly Round[] = [
  {
    name: 'kill -9 of its one process and of its Postgres, ten times',
    faults: (random) => random.shuffle(repeat(embeddedKills, 10)),
  },
  { name: 'death and failure at every failpoint', faults: (random) => random.shuffle(embeddedFailpoints) },
];

function repeat(faults: readonly Fault[], times: number): Fault[] {
  return Array.from({ length: times }, () => faults).flat();
}
