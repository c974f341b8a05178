import type { BroadcastOutcome, Notice, NoticeOutcome, Notices, WantedBroadcast } from '@plexus/rpc';

/** Notices that are written down instead of being sent. */
export class FakeNotices implements Notices {
  readonly sent: Notice[] = [];
  readonly broadcasts: WantedBroadcast[] = [];
  readonly changes: [string, string][] = [];
  /** The next answer, instead of doing anything. */
  nextRefusal: Extract<NoticeOutcome, { outcome: 'refused' }> | undefined;

  async sendNotice(notice: Notice): Promise<NoticeOutcome> {
    const refusal = this.#takeRefusal();
    if (refusal !== undefined) return refusal;
    this.sent.push(notice);
    const first = this.sent.findIndex(({ noticeId }) => noticeId === notice.noticeId);
    return { outcome: 'sent', eventId: `$notice${first}` };
  }

  async startBroadcast(broadcast: WantedBroadcast): Promise<BroadcastOutcome> {
    const refusal = this.#takeRefusal();
    if (refusal !== undefined) return refusal;
    this.broadcasts.push(broadcast);
    return { outcome: 'done', broadcastId: broadcast.broadcastId };
  }

  async changeBroadcast(broadcastId: string, status: string): Promise<BroadcastOutcome> {
    const refusal = this.#takeRefusal();
    if (refusal !== undefined) return refusal;
    this.changes.push([broadcastId, status]);
    return { outcome: 'done', broadcastId };
  }

  #takeRefusal(): Extract<NoticeOutcome, { outcome: 'refused' }> | undefined {
    const refusal = this.nextRefusal;
    this.nextRefusal = undefined;
    return refusal;
  }
}
