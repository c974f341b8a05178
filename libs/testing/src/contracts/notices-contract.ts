import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  Broadcast,
  BroadcastRepository,
  BroadcastTurn,
  NewBroadcast,
  NoticeCheckRepository,
  NoticeDeliveryRepository,
  NoticeRoomRepository,
  NoticeRoundRepository,
} from '@plexus/storage';

export interface NoticesHarness {
  readonly rooms: NoticeRoomRepository;
  readonly deliveries: NoticeDeliveryRepository;
  readonly checks: NoticeCheckRepository;
  readonly rounds: NoticeRoundRepository;
  readonly broadcasts: BroadcastRepository;
  /** Adds ordinary users of hosted servers. */
  addUsers(userIds: readonly string[]): Promise<void>;
  /** Somebody saw these users just now. */
  see(userIds: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const BROADCAST: Omit<NewBroadcast, 'broadcastId' | 'serverName'> = {
  requestedBy: '@root:one.example',
  type: 'm.room.message',
  content: '{"body":"hello"}',
  audience: {},
  perSecond: 10_000,
};

function newRoom(userId: string, roomId: string) {
  return { userId, serverName: 'one.example', roomId, roomVersion: '12', createEvent: Buffer.from(roomId) };
}

/** What every adapter of the repositories of notices does. */
export function noticesContract(adapter: string, open: () => Promise<NoticesHarness>): void {
  describe(`NoticesContract: ${adapter}`, () => {
    let harness: NoticesHarness;
    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    it('keeps the first room of a user, whoever comes second or at once', async () => {
      const { rooms } = harness;
      const user = '@first:one.example';
      const wanted = ['!a', '!b', '!c', '!d'].map((roomId) => rooms.insertOrGet(newRoom(user, roomId)));
      const kept = new Set((await Promise.all(wanted)).map((room) => room?.roomId));
      expect(kept.size).toBe(1);
      expect(kept).toContain(await rooms.findRoom(user));
      expect(await rooms.insertOrGet(newRoom('@other:one.example', [...kept][0] ?? ''))).toBeUndefined();
      expect(await rooms.findRoom('@nobody:one.example')).toBeUndefined();
    });

    it('remembers that a room is made, and its looks, the newest once', async () => {
      const { rooms } = harness;
      const user = '@look:one.example';
      await rooms.insertOrGet(newRoom(user, '!look'));
      await rooms.setMade(user, '!other', { roomName: 'wrong' });
      expect(await rooms.find(user)).toMatchObject({ isMade: false, createEvent: Buffer.from('!look') });
      await rooms.setMade(user, '!look', { roomName: 'old' });
      await rooms.setMade(user, '!look', { roomName: 'too late' });
      expect(await rooms.find(user)).toMatchObject({ isMade: true, look: { roomName: 'old' }, lookVersion: 0 });
      await rooms.setLook(user, { look: { roomName: 'new' }, lookVersion: 0 });
      await rooms.setLook(user, { look: { roomName: 'stale' }, lookVersion: 0 });
      expect(await rooms.find(user)).toMatchObject({ look: { roomName: 'new' }, lookVersion: 1 });
      await rooms.forget(user, '!other');
      expect(await rooms.findRoom(user)).toBe('!look');
      await rooms.forget(user, '!look');
      expect(await rooms.findRoom(user)).toBeUndefined();
    });

    it('lists the rooms in which a limit is pinned, by server and page', async () => {
      const { rooms } = harness;
      const users = ['@l1:limit.example', '@l2:limit.example', '@l3:limit.example'];
      for (const user of users) {
        await rooms.insertOrGet({ ...newRoom(user, `!${user}`), serverName: 'limit.example' });
        await rooms.setLimitEvent(user, '$limit');
      }
      await rooms.setLimitEvent('@l2:limit.example', undefined);
      expect(await rooms.listLimitedServers()).toEqual(['limit.example']);
      const first = await rooms.listLimited('limit.example', { after: '', limit: 1 });
      expect(first).toEqual(['@l1:limit.example']);
      expect(await rooms.listLimited('limit.example', { after: '@l1:limit.example', limit: 9 })).toEqual([users[2]]);
      expect(await rooms.listLimited('other.example', { after: '', limit: 9 })).toEqual([]);
    });

    it('keeps a notice by its name, with the first event', async () => {
      const { deliveries } = harness;
      const notice = { noticeId: 'n1', userId: '@a:one.example', rememberedMs: undefined };
      expect(await deliveries.insertOrGet(notice)).toMatchObject({ eventId: undefined });
      await deliveries.setSent('n1', '$first');
      await deliveries.setSent('n1', '$second');
      await deliveries.remove('n1');
      const again = await deliveries.insertOrGet({ ...notice, userId: '@b:one.example' });
      expect(again).toEqual({ noticeId: 'n1', userId: '@a:one.example', eventId: '$first' });
      await deliveries.insertOrGet({ ...notice, noticeId: 'n2' });
      await deliveries.remove('n2');
      expect(await deliveries.insertOrGet({ ...notice, noticeId: 'n2', userId: '@b:one.example' })).toMatchObject({
        userId: '@b:one.example',
      });
      expect(await deliveries.removeExpired(10)).toBe(0);
    });

    it('finds the notices of a user that were sent, by how their names begin', async () => {
      const { deliveries } = harness;
      const userId = '@sent:one.example';
      for (const noticeId of ['kind:1:a', 'kind:2:a', 'kind:3:a', 'other:1']) {
        await deliveries.insertOrGet({ noticeId, userId, rememberedMs: undefined });
        if (noticeId !== 'kind:2:a') await deliveries.setSent(noticeId, '$event');
      }
      await deliveries.insertOrGet({ noticeId: 'kind:1:b', userId: '@else:one.example', rememberedMs: undefined });
      await deliveries.setSent('kind:1:b', '$event');
      expect((await deliveries.findSentNotices(userId, 'kind:')).toSorted()).toEqual(['kind:1:a', 'kind:3:a']);
      expect(await deliveries.findSentNotices(userId, 'kind_')).toEqual([]);
    });

    it('gives each user to look after to one, and again where they were added meanwhile', async () => {
      const { checks } = harness;
      const users = ['@c1:one.example', '@c2:one.example', '@c3:one.example'];
      await checks.addChecks([...users, ...users], { partition: 3, position: 7 });
      await checks.addChecks([], { partition: 3, position: 5 });
      expect([await checks.findPosition(3), await checks.findPosition(4)]).toEqual([7, 0]);
      const claims = await Promise.all([checks.claimChecks(2, 60_000), checks.claimChecks(2, 60_000)]);
      expect(claims.flatMap(({ userIds }) => userIds).toSorted()).toEqual(users);
      await checks.addChecks(['@c1:one.example'], { partition: 3, position: 8 });
      for (const { claim, userIds } of claims) await checks.finishChecks(claim, userIds);
      expect((await checks.claimChecks(9, 60_000)).userIds).toEqual([]);
      await checks.addChecks(['@c4:one.example'], { partition: 3, position: 9 });
      expect((await checks.claimChecks(9, 0)).userIds).toEqual(['@c4:one.example']);
      expect((await checks.claimChecks(9, 60_000)).userIds).toEqual(['@c4:one.example']);
    });

    it('goes once through the users of a server who were about, some at a time, whoever is at it', async () => {
      const { checks, rounds } = harness;
      const users = ['r1', 'r2', 'r3', 'r4', 'r5'].map((name) => `@${name}:round.example`);
      await harness.addUsers([...users, '@r1:other.example']);
      await harness.see([...users.filter((userId) => userId !== users[1]), '@r1:other.example']);
      const round = { versionNid: 7, serverName: 'round.example' };
      expect(await rounds.findFinished([7, 8])).toEqual([]);
      expect(await rounds.advance(round, 3)).toEqual({ outcome: 'more', added: 2 });
      const { claim, userIds } = await checks.claimChecks(9, 60_000);
      expect(userIds.toSorted()).toEqual([users[0], users[2]]);
      await checks.finishChecks(claim, userIds);
      const last = await Promise.all([rounds.advance(round, 3), rounds.advance(round, 3)]);
      expect(last.map((progress) => (progress.outcome === 'finished' ? progress.added : 0)).toSorted()).toEqual([0, 2]);
      expect((await checks.claimChecks(9, 0)).userIds.toSorted()).toEqual(users.slice(3));
      expect(await rounds.findFinished([7, 8])).toEqual([7]);
      // Who is looked at just then is looked at again.
      const looking = await checks.claimChecks(9, 60_000);
      expect(await rounds.advance({ versionNid: 8, serverName: 'round.example' }, 9)).toEqual({
        outcome: 'finished',
        added: 4,
      });
      await checks.finishChecks(looking.claim, looking.userIds);
      const again = await checks.claimChecks(9, 0);
      expect(again.userIds.toSorted()).toEqual([users[0], users[2]]);
      await checks.finishChecks(again.claim, again.userIds);
      const progress = await rounds.advance({ versionNid: 9, serverName: '' }, 1_000);
      expect(progress).toMatchObject({ outcome: 'finished', added: 5 });
    });

    async function turn(): Promise<Extract<BroadcastTurn, { outcome: 'turn' }>> {
      for (;;) {
        const taken = await harness.broadcasts.takeTurn(50);
        if (taken.outcome === 'turn') return taken;
      }
    }

    async function startBroadcast(broadcastId: string, change: Partial<NewBroadcast> = {}): Promise<Broadcast> {
      const serverName = `${broadcastId}.example`;
      await harness.addUsers(['a', 'b', 'c', 'd', 'e'].map((name) => `@${name}:${serverName}`));
      return harness.broadcasts.add({ ...BROADCAST, broadcastId, serverName, ...change });
    }

    it('writes recipients down a page at a time, each once, and gives each to one', async () => {
      const { broadcasts } = harness;
      await startBroadcast('pages');
      for (let taken = await turn(); !taken.broadcast.isListed; taken = await turn()) {
        const { broadcast, listedTo } = taken;
        await Promise.all([
          broadcasts.listRecipients(broadcast, listedTo, 2),
          broadcasts.listRecipients(broadcast, listedTo, 2),
        ]);
      }
      expect(await broadcasts.find('pages')).toMatchObject({ isListed: true, recipients: 5, sent: 0 });
      const claims = await Promise.all([1, 2, 3].map(() => broadcasts.claimRecipients('pages', 2, 60_000)));
      expect(new Set(claims.flatMap(({ userIds }) => userIds)).size).toBe(5);
      expect(await broadcasts.completeIfDone('pages')).toBe(false);
      for (const { claim, userIds } of claims) {
        const outcomes = userIds.map((userId) =>
          userId.startsWith('@e') ? failed(userId) : { userId, outcome: 'sent' as const, detail: '$event' },
        );
        await broadcasts.finishRecipients('pages', claim, outcomes, 0);
        await broadcasts.finishRecipients('pages', claim, outcomes, 0);
      }
      expect(await broadcasts.completeIfDone('pages')).toBe(true);
      expect(await broadcasts.completeIfDone('pages')).toBe(false);
      expect(await broadcasts.find('pages')).toMatchObject({ status: 'complete', sent: 4, failed: 1 });
      expect(await broadcasts.listFailed('pages', 9)).toEqual([{ userId: '@e:pages.example', error: 'gone' }]);
    });

    it('gives recipients again whom nobody reached, or whose claim has run out', async () => {
      const { broadcasts } = harness;
      await startBroadcast('again', { audience: { userIds: ['@a:again.example', '@zz:again.example'] } });
      const { broadcast, listedTo } = await turn();
      await broadcasts.listRecipients(broadcast, listedTo, 100);
      expect(await broadcasts.find('again')).toMatchObject({ isListed: true, recipients: 1 });
      const first = await broadcasts.claimRecipients('again', 9, 0);
      const second = await broadcasts.claimRecipients('again', 9, 60_000);
      expect([first.userIds, second.userIds]).toEqual([['@a:again.example'], ['@a:again.example']]);
      const sent = { userId: '@a:again.example', outcome: 'sent' as const, detail: '$late' };
      await broadcasts.finishRecipients('again', first.claim, [sent], 0);
      expect(await broadcasts.find('again')).toMatchObject({ sent: 0 });
      const unreached = { userId: '@a:again.example', outcome: 'again' as const, detail: 'away' };
      await broadcasts.finishRecipients('again', second.claim, [unreached], 0);
      const third = await broadcasts.claimRecipients('again', 9, 60_000);
      await broadcasts.finishRecipients('again', third.claim, [sent], 0);
      expect(await broadcasts.completeIfDone('again')).toBe(true);
      expect(await broadcasts.find('again')).toMatchObject({ sent: 1, failed: 0 });
    });

    it('begins a broadcast once, and lets it be paused, resumed and cancelled until it is finished', async () => {
      const { broadcasts } = harness;
      const begun = await startBroadcast('control', { perSecond: 1 });
      const again = { ...BROADCAST, broadcastId: 'control', serverName: 'other.example' };
      expect(await broadcasts.add(again)).toEqual(begun);
      expect(await broadcasts.changeStatus('control', 'paused')).toBe(true);
      expect(await broadcasts.takeTurn(50)).toEqual({ outcome: 'wait', forMs: undefined });
      expect(await broadcasts.changeStatus('control', 'active')).toBe(true);
      const { broadcast, listedTo } = await turn();
      await broadcasts.listRecipients(broadcast, listedTo, 100);
      expect(await turn()).toMatchObject({ batch: 1, broadcast: { broadcastId: 'control' } });
      expect(await broadcasts.takeTurn(50)).toMatchObject({ outcome: 'wait', forMs: expect.any(Number) });
      expect(await broadcasts.changeStatus('control', 'cancelled')).toBe(true);
      expect(await broadcasts.changeStatus('control', 'active')).toBe(false);
      expect(await broadcasts.changeStatus('nothing', 'active')).toBe(false);
      expect(await broadcasts.find('control')).toMatchObject({ status: 'cancelled', finishedAt: expect.any(Number) });
      const listed = await broadcasts.list({ serverName: 'control.example', limit: 9 });
      expect(listed.map(({ broadcastId }) => broadcastId)).toEqual(['control']);
      expect(await broadcasts.removeFinished(60_000, 9)).toBe(0);
    });
  });
}

function failed(userId: string) {
  return { userId, outcome: 'failed' as const, detail: 'gone' };
}
