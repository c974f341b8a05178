import { FAILPOINTS } from '@plexus/federation-sender';
import type { Random } from '../../../support/faults/random.ts';
import { killPlexus, killPostgresOfPlexus } from '../embedded-faults.ts';
import { arm, disarm } from '../failpoint-faults.ts';
import { killBackend, killService } from '../kill-faults.ts';
import type { Fault, Scene } from '../stage.ts';
import { recreateFederationOutbound } from '../topic-faults.ts';
import type { FederatedLoadSize } from './federated-load.ts';

/** Faults that follow each other under a load from and to other servers. */
export interface FederatedRound {
  readonly name: string;
  readonly size: FederatedLoadSize;
  readonly faults: (random: Random) => readonly Fault<Scene>[];
}

/** Where what goes to other servers is on its way. */
const PLACES = FAILPOINTS.filter((name) => !/take-over/.test(name));

/** A sender dies at a named place; it is alone, so that it has all queues and comes by. */
function killSenderAt(place: string): Fault<Scene> {
  return {
    name: `kill at ${place}`,
    async inflict({ deployment, random }) {
      const [first, second] = random.shuffle(deployment.processesOf('federation-sender'));
      if (first === undefined || second === undefined) throw new Error('there are two senders');
      await second.kill();
      const isHit = await arm(first, place, `kill@${1 + random.integer(3)}`);
      const starting = first.start();
      await isHit();
      await disarm(first);
      await Promise.all([second.start(), starting]);
      await first.kill();
      await first.start();
    },
  };
}

const kills = [
  killService('federation-ingress'),
  killService('federation-sender'),
  killService('event-persister'),
  killBackend('kafka'),
];
const failpoints = PLACES.map(killSenderAt);

/** What `npm test` has time for. */
export const shortFederatedRound: FederatedRound = {
  name: 'kill -9 of what stands between rooms and other servers',
  size: { rooms: 3, hasGaps: false },
  faults: (random) => random.shuffle(kills),
};

export const fullFederatedRounds: readonly FederatedRound[] = [
  {
    name: 'kill -9 of what stands between rooms and other servers, four times',
    size: { rooms: 4, hasGaps: true },
    faults: (random) => random.shuffle([kills, kills, kills, kills].flat()),
  },
  {
    name: 'what goes to other servers is deleted before it is read, three times',
    size: { rooms: 4, hasGaps: false },
    faults: (random) => {
      return random.shuffle([1, 2, 3].flatMap(() => [recreateFederationOutbound, killService('federation-sender')]));
    },
  },
  {
    name: 'death of the sender at every failpoint',
    size: { rooms: 4, hasGaps: false },
    faults: (random) => random.shuffle([...failpoints, ...failpoints]),
  },
];

export const embeddedFederatedRound: FederatedRound = {
  name: 'kill -9 of its one process and of its Postgres under federated load, four times',
  size: { rooms: 4, hasGaps: true },
  faults: (random) => random.shuffle([1, 2, 3, 4].flatMap(() => [killPlexus, killPostgresOfPlexus])),
};
