import type { JsonObject } from '@plexus/matrix-base';

/** What a hosted server tells one of its users. */
export interface Notice {
  /** Names the notice among all: asked for again under this name, it is sent once. */
  readonly noticeId: string;
  readonly userId: string;
  /** Of the event. */
  readonly type: string;
  readonly stateKey?: string | undefined;
  readonly content: JsonObject;
}

export interface WantedBroadcast {
  /** Names the broadcast among all: asked for again under this name, it is begun once. */
  readonly broadcastId: string;
  readonly serverName: string;
  readonly requestedBy: string;
  readonly type: string;
  readonly content: JsonObject;
  readonly audience: {
    readonly withGuests: boolean;
    readonly neverConsented: boolean;
    readonly inactiveSince?: number | undefined;
    /** Nothing: all. */
    readonly userIds?: readonly string[] | undefined;
  };
  /** Notices per second; nothing: as configured. */
  readonly perSecond?: number | undefined;
}

export interface NoticeRefusal {
  readonly outcome: 'refused';
  /** A Matrix error code and HTTP status. */
  readonly errcode: string;
  readonly httpStatus: number;
  readonly error: string;
}

export type NoticeOutcome = { readonly outcome: 'sent'; readonly eventId: string } | NoticeRefusal;
export type BroadcastOutcome = { readonly outcome: 'done'; readonly broadcastId: string } | NoticeRefusal;

/** The way to what servers tell their users, for other services. Throws where no replica of notices answers. */
export interface Notices {
  sendNotice(notice: Notice): Promise<NoticeOutcome>;
  startBroadcast(broadcast: WantedBroadcast): Promise<BroadcastOutcome>;
  changeBroadcast(broadcastId: string, status: 'active' | 'paused' | 'cancelled'): Promise<BroadcastOutcome>;
}
