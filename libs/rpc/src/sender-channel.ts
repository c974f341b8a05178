import type {
  BackfillAnswer,
  BackfillRequest,
  FetchKeysAnswer,
  FetchKeysRequest,
  RemoteInviteRequest,
  RemoteMembershipRequest,
  RemoteRoomAnswer,
  ReportRequest,
  SignedRequest,
  SignedRequestAnswer,
} from './generated/plexus/rpc/v1/remote_servers.ts';
import type { LiveReplicas, ReplicaChannels } from './replica-router.ts';

/** How long the caller waits, in milliseconds; then the call fails with `RpcError`. */
export interface SenderCall {
  readonly deadlineMs: number;
}

/** What a federation-sender does for other services: as it does it itself, and as a channel to one offers it. */
export interface SenderHandler {
  request(request: SignedRequest, call: SenderCall): Promise<SignedRequestAnswer>;
  fetchKeys(request: FetchKeysRequest, call: SenderCall): Promise<FetchKeysAnswer>;
  changeRemoteMembership(request: RemoteMembershipRequest, call: SenderCall): Promise<RemoteRoomAnswer>;
  inviteRemoteUser(request: RemoteInviteRequest, call: SenderCall): Promise<RemoteRoomAnswer>;
  backfillRoom(request: BackfillRequest, call: SenderCall): Promise<BackfillAnswer>;
  postReport(request: ReportRequest, call: SenderCall): Promise<SignedRequestAnswer>;
}

export type SenderChannels = ReplicaChannels<SenderHandler>;

/** The federation-senders that are alive, as far as the caller knows. */
export type LiveSenders = LiveReplicas;
