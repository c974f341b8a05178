import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportRepository } from '@plexus/storage';

export interface ReportsHarness {
  readonly reports: ReportRepository;
  close(): Promise<void>;
}

const PAGE = { offset: 0, limit: 10, order: 'newest-first' } as const;
const REPORT = {
  roomId: '!room:one.example',
  eventId: '$event',
  sender: '@mallory:one.example',
  reason: 'rude',
  score: -50,
};

/** What every adapter of the reports does. */
export function reportsContract(adapter: string, open: () => Promise<ReportsHarness>): void {
  describe(`ReportsContract: ${adapter}`, () => {
    let harness: ReportsHarness;
    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    it('lists reported events in both orders, by page, and counts all', async () => {
      const { reports } = harness;
      for (const name of ['a', 'b', 'c'])
        await reports.addEventReport({ ...REPORT, reporter: `@${name}:list.example` });
      const ofServer = { ...PAGE, reporterServer: 'list.example' };
      const reportersOf = async (query: object): Promise<unknown> =>
        (await reports.listEventReports({ ...ofServer, ...query })).reports.map(({ reporter }) => reporter.slice(1, 2));
      expect(await reportersOf({})).toEqual(['c', 'b', 'a']);
      expect(await reportersOf({ order: 'oldest-first', limit: 2 })).toEqual(['a', 'b']);
      expect(await reportersOf({ order: 'oldest-first', offset: 2 })).toEqual(['c']);
      expect((await reports.listEventReports({ ...ofServer, limit: 1 })).total).toBe(3);
    });

    it('finds reported events by parts of what they are about', async () => {
      const { reports } = harness;
      await reports.addEventReport({ ...REPORT, reporter: '@dora:find.example', reason: undefined, score: undefined });
      const count = async (query: object): Promise<number> =>
        (await reports.listEventReports({ ...PAGE, reporterServer: 'find.example', ...query })).total;
      expect(await count({ reporter: 'dor', about: '!room', sender: 'mallory' })).toBe(1);
      expect([await count({ reporter: 'zz' }), await count({ about: 'x!' }), await count({ sender: '%' })]).toEqual([
        0, 0, 0,
      ]);
    });

    it('finds a reported event and removes it once', async () => {
      const { reports } = harness;
      await reports.addEventReport({ ...REPORT, reporter: '@e:one.example' });
      const [listed] = (await reports.listEventReports({ ...PAGE, reporter: '@e:' })).reports;
      const id = listed?.id ?? 0;
      expect(await reports.findEventReport(id)).toEqual({
        ...REPORT,
        reporter: '@e:one.example',
        id,
        receivedAt: listed?.receivedAt,
      });
      expect(await reports.removeEventReport(id)).toBe(true);
      expect(await reports.removeEventReport(id)).toBe(false);
      expect(await reports.findEventReport(id)).toBeUndefined();
    });

    it('keeps reports of rooms and users', async () => {
      const { reports } = harness;
      const reporter = '@f:one.example';
      await reports.addRoomReport({ roomId: '!bad', reporter, reason: 'a room' });
      await reports.addUserReport({ userId: '@bad:one.example', reporter, reason: 'a user' });
      const rooms = await reports.listRoomReports({ ...PAGE, about: '!bad' });
      expect(rooms).toMatchObject({ total: 1, reports: [{ roomId: '!bad', reporter, reason: 'a room' }] });
      const users = await reports.listUserReports({ ...PAGE, about: '@bad' });
      expect(users).toMatchObject({ total: 1, reports: [{ userId: '@bad:one.example', reporter, reason: 'a user' }] });
    });

    it('finds a reported room and a reported user and removes each once', async () => {
      const { reports } = harness;
      const reporter = '@g:one.example';
      await reports.addRoomReport({ roomId: '!worse', reporter, reason: 'a room' });
      await reports.addUserReport({ userId: '@worse:one.example', reporter, reason: 'a user' });
      const [room] = (await reports.listRoomReports({ ...PAGE, reporter })).reports;
      const [user] = (await reports.listUserReports({ ...PAGE, reporter })).reports;
      expect(await reports.findRoomReport(room?.id ?? 0)).toEqual(room);
      expect(await reports.findUserReport(user?.id ?? 0)).toEqual(user);
      const remove = async (): Promise<boolean[]> => [
        await reports.removeRoomReport(room?.id ?? 0),
        await reports.removeUserReport(user?.id ?? 0),
      ];
      expect([await remove(), await remove()]).toEqual([
        [true, true],
        [false, false],
      ]);
      expect(await reports.findRoomReport(room?.id ?? 0)).toBeUndefined();
      expect(await reports.findUserReport(user?.id ?? 0)).toBeUndefined();
    });
  });
}
