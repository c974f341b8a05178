import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import type { Topics } from '@plexus/topics';
import type { Random } from '../../support/faults/random.ts';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { ROOM } from './actions.ts';
import type { Actor, Protocol } from './actor.ts';
import { openTopics } from './open-topics.ts';
import { readStoredHistory } from './read-history.ts';
import { REMOTE_ROOM_VERSION, RemoteSender } from './remote-sender.ts';

/** Users of another server, each alone in a room with those who watch it. */
export interface RemoteSide {
  readonly rooms: readonly string[];
  readonly senders: readonly RemoteSender[];
  readonly random: Random;
  close(): Promise<void>;
}

export interface RemoteSidePorts {
  readonly deployment: Deployment;
  readonly creator: MatrixClient;
  readonly watchers: readonly Actor[];
  readonly protocol: Protocol;
  readonly giveUp: AbortSignal;
  readonly random: Random;
}

export async function openRemoteSide(count: number, ports: RemoteSidePorts): Promise<RemoteSide> {
  const { deployment, random } = ports;
  if (deployment.mode === 'embedded' || count === 0) return { rooms: [], senders: [], random, close: async () => {} };
  const rooms: string[] = [];
  for (let index = 0; index < count; index += 1) rooms.push(await makeRoom(ports));
  const topics = openTopics(deployment);
  const senders = await makeSenders(rooms, topics, ports);
  return { rooms, senders, random, close: () => topics.close() };
}

async function makeRoom({ creator, watchers }: RemoteSidePorts): Promise<string> {
  const roomId = await creator.createRoom({ ...ROOM, room_version: REMOTE_ROOM_VERSION });
  for (const watcher of watchers) await watcher.enter(roomId);
  return roomId;
}

async function makeSenders(rooms: readonly string[], topics: Topics, ports: RemoteSidePorts): Promise<RemoteSender[]> {
  const { protocol, giveUp } = ports;
  const { log } = await readStoredHistory(ports.deployment);
  const senders = rooms.map((roomId, index) => {
    const ofRoom = log.filter((event) => event.roomId === roomId);
    return new RemoteSender({ name: `remote-${index}`, roomId, log: ofRoom, topics, protocol, giveUp });
  });
  for (const sender of senders) await sender.join();
  return senders;
}
