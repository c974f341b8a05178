import { localpartOf, searchWordsOf } from '@plexus/matrix-base';
import type {
  RedactedMember,
  RemoteMember,
  RemoteMemberProgress,
  RemoteMemberProjection,
  RemoteMemberRoom,
  RemoteMemberStep,
  RoomNumbers,
} from '@plexus/storage';
import { int4Array, int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Keeps the members of other servers in Postgres. */
export class PostgresRemoteMemberProjection implements RemoteMemberProjection {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listRooms(shard: number, roomNids: readonly number[]): Promise<RemoteMemberRoom[]> {
    if (roomNids.length === 0) return [];
    return (await this.#database.run<RoomRow>(LIST_ROOMS, [shard, int8Array(roomNids)])).map(toRoom);
  }

  async findRoom({ shard, roomNid }: RoomNumbers): Promise<RemoteMemberRoom | undefined> {
    const [row] = await this.#database.run<RoomRow>(FIND_ROOM, [shard, roomNid]);
    return row && toRoom(row);
  }

  async beginRoom({ shard, roomNid, roomId }: RoomNumbers & { readonly roomId: string }): Promise<void> {
    await this.#database.run(BEGIN_ROOM, [shard, roomNid, roomId]);
  }

  async takeSteps(steps: readonly RemoteMemberStep[]): Promise<RoomNumbers[]> {
    if (steps.length === 0) return [];
    const joined = steps.flatMap((step) => step.joined.map((member) => ({ ...step, ...member })));
    const gone = steps.flatMap((step) => step.gone.map((userId) => ({ ...step, userId })));
    const rows = await this.#database.run<NumbersRow>(TAKE_STEPS, [
      ...numbersOf(steps),
      int8Array(steps.map(({ from }) => from.root)),
      int8Array(steps.map(({ from }) => from.nextRoot)),
      int8Array(steps.map(({ to }) => to.root)),
      int8Array(steps.map(({ to }) => to.nextRoot)),
      int8Array(steps.map(({ epoch }) => epoch)),
      ...numbersOf(gone),
      textArray(gone.map(({ userId }) => userId)),
      ...numbersOf(joined),
      textArray(joined.map(({ userId }) => userId)),
      int8Array(joined.map(({ eventNid }) => eventNid)),
      textArray(joined.map(({ displayName }) => displayName)),
      textArray(joined.map(({ avatarUrl }) => avatarUrl)),
      textArray(joined.map(wordsOf)),
    ]);
    return rows.map((row) => ({ shard: row.shard, roomNid: row.room_nid }));
  }

  async forgetNames(redacted: readonly RedactedMember[]): Promise<void> {
    if (redacted.length === 0) return;
    await this.#database.run(FORGET_NAMES, [
      ...numbersOf(redacted),
      textArray(redacted.map(({ userId }) => userId)),
      int8Array(redacted.map(({ eventNid }) => eventNid)),
      textArray(redacted.map(({ userId }) => wordsOf({ userId, displayName: undefined }))),
    ]);
  }

  async removeRoom({ shard, roomNid }: RoomNumbers, limit: number): Promise<number> {
    return (await this.#database.run(REMOVE_ROOM, [shard, roomNid, limit])).length;
  }

  async findProgress(shard: number): Promise<RemoteMemberProgress | undefined> {
    const [row] = await this.#database.run<RemoteMemberProgress>(FIND_PROGRESS, [shard]);
    return row;
  }

  async storeProgress(shards: readonly (RemoteMemberProgress & { readonly epoch: number })[]): Promise<void> {
    if (shards.length === 0) return;
    await this.#database.run(STORE_PROGRESS, [
      int4Array(shards.map(({ shard }) => shard)),
      int4Array(shards.map(({ generation }) => generation)),
      int8Array(shards.map(({ position }) => position)),
      int8Array(shards.map(({ epoch }) => epoch)),
    ]);
  }
}

function wordsOf({ userId, displayName = '' }: Pick<RemoteMember, 'userId' | 'displayName'>): string {
  return searchWordsOf(`${localpartOf(userId)} ${displayName}`).join(' ');
}

function numbersOf(rooms: readonly RoomNumbers[]): [Buffer, Buffer] {
  return [int4Array(rooms.map(({ shard }) => shard)), int8Array(rooms.map(({ roomNid }) => roomNid))];
}

interface NumbersRow {
  readonly shard: number;
  readonly room_nid: number;
}

interface RoomRow extends NumbersRow {
  readonly root: number;
  readonly next_root: number | null;
}

function toRoom(row: RoomRow): RemoteMemberRoom {
  return { shard: row.shard, roomNid: row.room_nid, root: row.root, nextRoot: row.next_root ?? undefined };
}

const LIST_ROOMS: Statement = {
  name: 'list-remote-member-rooms',
  text: `select r.shard, r.room_nid, r.root, r.next_root from unnest($2::bigint[]) as asked (room_nid)
         join remote_member_rooms r on r.shard = $1 and r.room_nid = asked.room_nid`,
};

const FIND_ROOM: Statement = {
  name: 'find-remote-member-room',
  text: 'select shard, room_nid, root, next_root from remote_member_rooms where shard = $1 and room_nid = $2',
};

const BEGIN_ROOM: Statement = {
  name: 'begin-remote-member-room',
  text: `insert into remote_member_rooms (shard, room_nid, room_id, root, epoch) values ($1, $2, $3, 0, 0)
         on conflict do nothing`,
};

/** @NOTE Members are read and written by their whole key only, in its order: two calls cannot wait for each other's rows. */
const TAKE_STEPS: Statement = {
  name: 'take-remote-member-steps',
  text: `with fitting as materialized (
           select r.shard, r.room_nid, s.root, s.next_root, s.epoch
           from unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
             as s (shard, room_nid, from_root, from_next_root, root, next_root, epoch)
           join remote_member_rooms r on r.shard = s.shard and r.room_nid = s.room_nid
           where r.root = s.from_root and r.next_root is not distinct from s.from_next_root and r.epoch <= s.epoch
           order by r.shard, r.room_nid for update of r
         ), held as (
           update remote_member_rooms r set root = f.root, next_root = f.next_root, epoch = f.epoch
           from fitting f where r.shard = f.shard and r.room_nid = f.room_nid
           returning r.shard, r.room_nid
         ), gone as (
           delete from remote_members m using unnest($8::int[], $9::bigint[], $10::text[]) as g (shard, room_nid, user_id), held h
           where h.shard = g.shard and h.room_nid = g.room_nid
             and m.shard = g.shard and m.room_nid = g.room_nid and m.user_id = g.user_id
         ), come as (
           insert into remote_members as m (shard, room_nid, user_id, event_nid, displayname, avatar_url, search_words)
           select j.shard, j.room_nid, j.user_id, j.event_nid, j.displayname, j.avatar_url,
             array_to_tsvector(array_remove(string_to_array(j.words, ' '), ''))
           from unnest($11::int[], $12::bigint[], $13::text[], $14::bigint[], $15::text[], $16::text[], $17::text[])
             as j (shard, room_nid, user_id, event_nid, displayname, avatar_url, words)
           join held h on h.shard = j.shard and h.room_nid = j.room_nid
           order by j.shard, j.room_nid, j.user_id
           on conflict (shard, room_nid, user_id) do update set event_nid = excluded.event_nid,
             displayname = excluded.displayname, avatar_url = excluded.avatar_url, search_words = excluded.search_words
           where m.event_nid <> excluded.event_nid or m.displayname is distinct from excluded.displayname
             or m.avatar_url is distinct from excluded.avatar_url
         )
         select shard, room_nid from held`,
};

const FORGET_NAMES: Statement = {
  name: 'forget-remote-member-names',
  text: `update remote_members m set displayname = null, avatar_url = null,
           search_words = array_to_tsvector(array_remove(string_to_array(r.words, ' '), ''))
         from unnest($1::int[], $2::bigint[], $3::text[], $4::bigint[], $5::text[]) as r (shard, room_nid, user_id, event_nid, words)
         where m.shard = r.shard and m.room_nid = r.room_nid and m.user_id = r.user_id and m.event_nid = r.event_nid`,
};

const REMOVE_ROOM: Statement = {
  name: 'remove-remote-member-room',
  text: `with ended as (
           delete from remote_member_rooms where shard = $1 and room_nid = $2
         ), doomed as (
           select user_id from remote_members where shard = $1 and room_nid = $2 order by user_id limit $3
         )
         delete from remote_members m using doomed where m.shard = $1 and m.room_nid = $2 and m.user_id = doomed.user_id
         returning 1`,
};

const FIND_PROGRESS: Statement = {
  name: 'find-remote-member-progress',
  text: 'select shard, generation, position from remote_member_progress where shard = $1',
};

const STORE_PROGRESS: Statement = {
  name: 'store-remote-member-progress',
  text: `insert into remote_member_progress as p (shard, generation, position, epoch)
         select * from unnest($1::int[], $2::int[], $3::bigint[], $4::bigint[]) as n (shard, generation, position, epoch) order by n.shard
         on conflict (shard) do update set generation = excluded.generation, position = excluded.position, epoch = excluded.epoch
         where p.epoch <= excluded.epoch`,
};
