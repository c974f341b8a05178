import { serverNameOf } from '@plexus/matrix-base';
import type {
  BackfillQuery,
  RemoteInvite,
  RemoteMembership,
  RemoteRoomOutcome,
  RemoteRooms,
} from '@plexus/remote-servers';
import { RemoteServerError } from '@plexus/remote-servers';
import type { RemoteRoomAnswer } from './generated/plexus/rpc/v1/remote_servers.ts';
import type { SenderRouter } from './sender-router.ts';

/** Several servers may be asked one after the other, and a large room takes its time. */
const MEMBERSHIP_MS = 600_000;
const BACKFILL_MS = 60_000;

/** Rooms of other servers, as services see them that open no connections themselves. */
export class RoutedRemoteRooms implements RemoteRooms {
  readonly #router: Pick<SenderRouter, 'run'>;

  constructor(router: Pick<SenderRouter, 'run'>) {
    this.#router = router;
  }

  async changeMembership({ content, servers, ...wanted }: RemoteMembership): Promise<RemoteRoomOutcome> {
    const request = { ...wanted, servers: [...servers], content: Buffer.from(JSON.stringify(content)) };
    const answer = await this.#router.run({
      affinity: wanted.roomId,
      isRepeatable: true,
      call: (sender) => sender.changeRemoteMembership(request, { deadlineMs: MEMBERSHIP_MS }),
    });
    return outcomeOf(answer);
  }

  async inviteUser({ content, ...wanted }: RemoteInvite): Promise<RemoteRoomOutcome> {
    const request = { ...wanted, content: Buffer.from(JSON.stringify(content)) };
    const answer = await this.#router.run({
      affinity: serverNameOf(wanted.targetUserId),
      isRepeatable: true,
      call: (sender) => sender.inviteRemoteUser(request, { deadlineMs: MEMBERSHIP_MS }),
    });
    return outcomeOf(answer);
  }

  async backfill(query: BackfillQuery): Promise<number> {
    const { stored } = await this.#router.run({
      affinity: query.roomId,
      isRepeatable: true,
      call: (sender) => sender.backfillRoom(query, { deadlineMs: BACKFILL_MS }),
    });
    return stored;
  }
}

function outcomeOf({ result }: RemoteRoomAnswer): RemoteRoomOutcome {
  if (result === undefined) throw new RemoteServerError('a federation-sender answered with nothing');
  if (result.$case === 'done') return { outcome: 'done', eventId: result.value.eventId };
  const { roomVersion, ...refused } = result.value;
  return { outcome: 'refused', ...refused, ...(roomVersion !== '' && { roomVersion }) };
}
