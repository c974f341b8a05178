import type {
  BroadcastAnswer,
  ChangeBroadcastRequest,
  NoticeAnswer,
  SendNoticeRequest,
  StartBroadcastRequest,
} from './generated/plexus/rpc/v1/notices.ts';
import type { ReplicaChannels } from './replica-router.ts';
import type { SenderCall } from './sender-channel.ts';

/** What notices does for other services: as it does it itself, and as a channel to one offers it. */
export interface NoticesHandler {
  sendNotice(request: SendNoticeRequest, call: SenderCall): Promise<NoticeAnswer>;
  startBroadcast(request: StartBroadcastRequest, call: SenderCall): Promise<BroadcastAnswer>;
  changeBroadcast(request: ChangeBroadcastRequest, call: SenderCall): Promise<BroadcastAnswer>;
}

export type NoticesChannels = ReplicaChannels<NoticesHandler>;
