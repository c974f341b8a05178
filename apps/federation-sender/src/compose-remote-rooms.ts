import type { AnswerReader, PduChecker, PolicyAsker } from '@plexus/pdu-checks';
import type { KeyRing, OutboundHttp, RemoteServers } from '@plexus/remote-servers';
import type { StateReader } from '@plexus/room-view';
import type { RoomWriter } from '@plexus/rpc';
import type {
  BackwardExtremityReader,
  HostedServerKeys,
  HostedServers,
  ParkedPduReader,
  PartialJoinRepository,
  RedactedCopyReader,
  RoomReader,
  RoomServerReader,
  StagedEventWriter,
} from '@plexus/storage';
import type { Clock, RandomSource } from '@plexus/matrix-base';
import { BackfillRoom } from './remote-rooms/backfill-room.ts';
import { CheckInviteKeys } from './remote-rooms/check-invite-keys.ts';
import { CompleteJoins } from './remote-rooms/complete-joins.ts';
import { FetchContents } from './remote-rooms/fetch-contents.ts';
import type { FetchContentsPorts } from './remote-rooms/fetch-contents.ts';
import { FillGap } from './remote-rooms/fill-gap.ts';
import { InviteUser } from './remote-rooms/invite-user.ts';
import { JoinRoom } from './remote-rooms/join-room.ts';
import { KnockRoom } from './remote-rooms/knock-room.ts';
import { LeaveRoom } from './remote-rooms/leave-room.ts';
import type { PduSink } from './remote-rooms/pdu-sink.ts';
import { RecommendEvent } from './remote-rooms/recommend-event.ts';
import { RemoteRoomsHere } from './remote-rooms/remote-rooms-here.ts';

/** What rooms of other servers take. Only the composition sees all of it. */
export interface RemoteRoomPorts {
  readonly servers: RemoteServers;
  readonly http: OutboundHttp;
  readonly hosted: HostedServers;
  readonly keys: HostedServerKeys;
  readonly keyRing: KeyRing;
  readonly checker: Pick<PduChecker, 'verify'>;
  readonly answers: Pick<AnswerReader, 'read' | 'readInPieces' | 'expect'>;
  readonly policy: PolicyAsker;
  readonly rooms: RoomReader;
  readonly states: StateReader;
  readonly parked: ParkedPduReader;
  readonly roomServers: RoomServerReader;
  readonly extremities: BackwardExtremityReader;
  readonly staged: StagedEventWriter;
  readonly joins: PartialJoinRepository;
  readonly writer: RoomWriter;
  readonly sink: PduSink;
  readonly copies: RedactedCopyReader;
  readonly visibility: FetchContentsPorts['visibility'];
  readonly attended: FetchContentsPorts['attended'];
  readonly acls: FetchContentsPorts['acls'];
  readonly shardOf: (roomId: string) => number;
  readonly clock: Clock;
  readonly random: RandomSource;
}

export interface RemoteRoomParts {
  readonly rooms: RemoteRoomsHere;
  readonly fillGap: FillGap;
  readonly completion: CompleteJoins;
  readonly contents: FetchContents;
}

/** Makes the use cases; `wake` is called when a join waits for its members. */
export function composeRemoteRooms(ports: RemoteRoomPorts, wake: () => void): RemoteRoomParts {
  const completion = new CompleteJoins(ports, wake);
  const rooms = new RemoteRoomsHere({
    join: new JoinRoom({ ...ports, completion }),
    knock: new KnockRoom(ports),
    leave: new LeaveRoom(ports),
    invite: new InviteUser({
      ...ports,
      recommend: new RecommendEvent(ports),
      inviteKeys: new CheckInviteKeys(ports.http),
    }),
    backfill: new BackfillRoom(ports),
  });
  const hand: FetchContentsPorts['hand'] = (pdus) => ports.sink.hand(pdus);
  const contents = new FetchContents({ ...ports, hand });
  return { rooms, completion, contents, fillGap: new FillGap({ ...ports, hand }) };
}
