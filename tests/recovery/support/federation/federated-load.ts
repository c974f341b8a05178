import { setTimeout as delay } from 'node:timers/promises';
import { findRoomVersion } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import { serveRoom } from '@plexus/testing';
import type { Deployment } from '../../../../scripts/cluster/deployment.ts';
import type { Random } from '../../../support/faults/random.ts';
import { MatrixHttp } from '../../../support/matrix-client.ts';
import type { Progressing } from '../stage.ts';
import { LocalSpeaker, untilDone } from './local-speaker.ts';
import { OtherServer } from './other-server.ts';
import { RemoteSpeaker } from './remote-speaker.ts';

export interface FederatedLoadSize {
  readonly rooms: number;
  /** Whether other servers have to be asked for events that they leave out. */
  readonly hasGaps: boolean;
}

const ROOM_VERSION = '11';
const PAUSE_MS = 50;
const REMOTE_PAUSE_MS = 150;
const LAST_ANSWER_MS = 60_000;
/** Of ten transactions so many are not taken by the server that is out of sorts. */
const MOODINESS = 4;

interface Parts {
  readonly local: readonly LocalSpeaker[];
  readonly remote: readonly RemoteSpeaker[];
  readonly others: readonly OtherServer[];
  readonly http: MatrixHttp;
  readonly givingUp: AbortController;
}

/** A hosted user and users of other servers who speak in the same rooms, all at once. One server takes what it is sent, one often does not. */
export class FederatedLoad implements Progressing {
  readonly local: readonly LocalSpeaker[];
  readonly remote: readonly RemoteSpeaker[];
  readonly others: readonly OtherServer[];
  readonly #http: MatrixHttp;
  readonly #givingUp: AbortController;
  readonly #stopping = new AbortController();
  readonly #running: Promise<unknown>;

  private constructor({ local, remote, others, http, givingUp }: Parts) {
    this.local = local;
    this.remote = remote;
    this.others = others;
    this.#http = http;
    this.#givingUp = givingUp;
    this.#running = Promise.all([
      ...local.map((speaker) => this.#repeat(() => speaker.speak(), PAUSE_MS)),
      ...remote.map((speaker) => this.#repeat(() => speaker.speak(), REMOTE_PAUSE_MS)),
    ]);
  }

  /** Users and rooms, as long as nothing is broken yet; then everybody begins. */
  static async start(deployment: Deployment, random: Random, size: FederatedLoadSize): Promise<FederatedLoad> {
    const http = new MatrixHttp(deployment);
    const givingUp = new AbortController();
    const common = { destination: deployment.serverName, rules: rulesOfRooms() };
    const others = [
      await OtherServer.start(http, { ...common, random: random.fork() }),
      await OtherServer.start(http, { ...common, random: random.fork() }),
    ];
    const alice = await http.register('alice');
    const local: LocalSpeaker[] = [];
    const remote: RemoteSpeaker[] = [];
    for (let index = 0; index < size.rooms; index += 1) {
      const options = { preset: 'public_chat', room_version: ROOM_VERSION };
      const roomId = await untilDone(() => alice.createRoom(options), givingUp.signal);
      if (roomId === undefined) throw new Error('no room was made');
      local.push(new LocalSpeaker(alice, roomId, givingUp.signal));
      for (const [place, { visitor }] of others.entries()) {
        const name = `remote-${place}-${index}`;
        const room = await untilDone(() => visitor.join(roomId, visitor.user(name)), givingUp.signal);
        if (room === undefined) throw new Error(`${name} did not come in`);
        serveRoom(visitor.server, room);
        const leavesOut = size.hasGaps;
        remote.push(
          new RemoteSpeaker({ name, visitor, room, random: random.fork(), leavesOut, giveUp: givingUp.signal }),
        );
      }
    }
    for (const moody of others.slice(1)) moody.moodiness = MOODINESS;
    return new FederatedLoad({ local, remote, others, http, givingUp });
  }

  get slowest(): number {
    return Math.min(...[...this.local, ...this.remote].map(({ answers }) => answers));
  }

  get rooms(): readonly string[] {
    return this.local.map(({ roomId }) => roomId);
  }

  /** What everybody asked for is answered, or will never be; every server takes what it is sent. */
  async stop(): Promise<void> {
    const tooLate = setTimeout(() => this.#givingUp.abort(), LAST_ANSWER_MS);
    this.#stopping.abort();
    await this.#running;
    clearTimeout(tooLate);
    for (const other of this.others) other.moodiness = 0;
  }

  /** Ends what still runs, whatever state it is in. */
  async end(): Promise<void> {
    this.#stopping.abort();
    this.#givingUp.abort();
    await this.#running;
    await Promise.all(this.others.map(({ visitor }) => visitor.stop()));
    this.#http.close();
  }

  async #repeat(act: () => Promise<void>, pauseMs: number): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await act();
      await delay(pauseMs);
    }
  }
}

function rulesOfRooms(): RoomVersionRules {
  const rules = findRoomVersion(ROOM_VERSION);
  if (rules === undefined) throw new Error('no such room version');
  return rules;
}
