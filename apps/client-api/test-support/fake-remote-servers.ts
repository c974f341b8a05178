import type {
  BackfillQuery,
  RemoteAnswer,
  RemoteBytes,
  RemoteInvite,
  RemoteMembership,
  RemoteRequest,
  RemoteRoomOutcome,
  RemoteRooms,
  RemoteServers,
} from '@plexus/remote-servers';

const SILENT: RemoteAnswer = { outcome: 'unreachable', reason: 'connect', because: 'nobody is there' };

/** Other servers, of which a test says what they answer; nobody does before. */
export class FakeRemoteServers implements RemoteServers {
  readonly asked: RemoteRequest[] = [];
  answer: (request: RemoteRequest) => RemoteAnswer = () => SILENT;

  async request(request: RemoteRequest): Promise<RemoteAnswer> {
    this.asked.push(request);
    return this.answer(request);
  }

  async requestBytes(request: RemoteRequest): Promise<RemoteBytes> {
    const answer = await this.request(request);
    if (answer.outcome === 'unreachable') return answer;
    return { outcome: 'answered', status: answer.status, bytes: Buffer.from(JSON.stringify(answer.body)) };
  }
}

/** Rooms of other servers, of which a test says what becomes of memberships in them. */
export class FakeRemoteRooms implements RemoteRooms {
  readonly memberships: RemoteMembership[] = [];
  readonly invites: RemoteInvite[] = [];
  readonly backfills: BackfillQuery[] = [];
  outcome: RemoteRoomOutcome = { outcome: 'done', eventId: '$remote' };
  backfilled = 0;

  async changeMembership(wanted: RemoteMembership): Promise<RemoteRoomOutcome> {
    this.memberships.push(wanted);
    return this.outcome;
  }

  async inviteUser(wanted: RemoteInvite): Promise<RemoteRoomOutcome> {
    this.invites.push(wanted);
    return this.outcome;
  }

  async backfill(query: BackfillQuery): Promise<number> {
    this.backfills.push(query);
    return this.backfilled;
  }
}
