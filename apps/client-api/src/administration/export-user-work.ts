import type { JsonObject } from '@plexus/matrix-base';
import { toClientEvent } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type {
  ExportRepository,
  RoomReader,
  RoomRecord,
  TimelinePlace,
  UserDataReader,
  UserRoomReader,
} from '@plexus/storage';
import type { JobRun } from '../jobs/job-run.ts';

export interface ExportUserWorkPorts {
  readonly userData: UserDataReader;
  readonly exports: ExportRepository;
  readonly userRooms: UserRoomReader;
  readonly rooms: Pick<RoomReader, 'findRoom' | 'pageTimeline'>;
}

const ROWS_AT_ONCE = 500;
const EVENTS_AT_ONCE = 200;

/**
 * Writes everything that is held about a user as lines of JSON: `{"table": …, "row": …}` of each row of the accounts, `{"event": …}` of what
 * the user sent. Progress names the tables and rooms that are done; what a process that died left of another one is written again.
 */
export async function exportUserWork(run: JobRun, ports: ExportUserWorkPorts): Promise<JsonObject> {
  const userId = run.job.target;
  for (const table of await ports.userData.listTables()) {
    await once(run, `table ${table}`, () => exportTable(run, table, ports));
  }
  for (const { roomId } of await ports.userRooms.findUserRooms(userId)) {
    const room = await ports.rooms.findRoom(roomId);
    if (room !== undefined) await once(run, `room ${roomId}`, () => exportEvents(run, room, ports));
  }
  return { parts: run.count('parts'), lines: run.count('lines') };
}

async function once(run: JobRun, name: string, work: () => Promise<void>): Promise<void> {
  const done = Array.isArray(run.progress['done']) ? run.progress['done'] : [];
  if (done.includes(name)) return;
  await work();
  await run.record({ done: [...done, name] });
}

async function exportTable(run: JobRun, table: string, ports: ExportUserWorkPorts): Promise<void> {
  for (let offset = 0; ; offset += ROWS_AT_ONCE) {
    const rows = await ports.userData.readRows(table, run.job.target, { offset, limit: ROWS_AT_ONCE });
    await write(
      run,
      rows.map((row) => ({ table, row })),
      ports,
    );
    if (rows.length < ROWS_AT_ONCE) return;
  }
}

async function exportEvents(run: JobRun, room: RoomRecord, ports: ExportUserWorkPorts): Promise<void> {
  const { shard, roomNid, roomVersion } = room;
  for (let from: TimelinePlace | undefined; ;) {
    const began = performance.now();
    const query = { shard, roomNid, direction: 'backwards' as const, limit: EVENTS_AT_ONCE };
    const page = await ports.rooms.pageTimeline(from === undefined ? query : { ...query, from });
    const events = page.map((stored) => readEvent(stored, roomVersion));
    const own = events.filter(({ sender, stateKey }) => sender === run.job.target || stateKey === run.job.target);
    await write(
      run,
      own.map((event) => ({ event: toClientEvent(event) })),
      ports,
    );
    const last = page.at(-1);
    if (last?.topologicalPosition === undefined || page.length < EVENTS_AT_ONCE) return;
    from = { topologicalPosition: last.topologicalPosition, eventNid: last.eventNid };
    await run.pause(performance.now() - began);
  }
}

async function write(run: JobRun, lines: readonly object[], { exports }: ExportUserWorkPorts): Promise<void> {
  if (lines.length === 0) return;
  const part = run.count('parts');
  const body = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  await exports.storePart(run.job.jobId, part, body);
  await run.record({ parts: part + 1, lines: run.count('lines') + lines.length });
}
