import type { AppserviceMember, AppserviceMemberKey, AppserviceProjections, JoinedUser } from '@plexus/storage';
import { int4Array, int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { STORE_MEMBERS } from './store-members.ts';

interface JoinedRow {
  readonly user_id: string;
  readonly room_id: string;
  readonly shard: number;
  readonly room_nid: number;
  readonly position: number;
}

interface MemberRow {
  readonly room_shard: number;
  readonly room_nid: number;
  readonly user_id: string;
}

interface ProjectionRow {
  readonly appservice_id: string;
  readonly namespaces: string;
  readonly generation: number;
}

export class PostgresAppserviceProjections implements AppserviceProjections {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listProjections(): Promise<Map<string, { readonly namespaces: string; readonly generation: number }>> {
    const rows = await this.#database.run<ProjectionRow>(LIST_PROJECTIONS);
    return new Map(rows.map(({ appservice_id: id, namespaces, generation }) => [id, { namespaces, generation }]));
  }

  async pageJoined(after: Pick<JoinedUser, 'userId' | 'roomId'> | undefined, limit: number): Promise<JoinedUser[]> {
    const values = [after?.userId ?? '', after?.roomId ?? '', limit];
    const rows = await this.#database.run<JoinedRow>(PAGE_JOINED, values);
    return rows.map((row) => ({
      userId: row.user_id,
      roomId: row.room_id,
      roomShard: row.shard,
      roomNid: row.room_nid,
      position: row.position,
    }));
  }

  async storeMembers(members: readonly AppserviceMember[]): Promise<void> {
    const rows = members.map(({ appserviceId, roomShard, roomNid, userId, isJoined, position }) => ({
      appservice_id: appserviceId,
      room_shard: roomShard,
      room_nid: roomNid,
      user_id: userId,
      is_joined: isJoined,
      position,
    }));
    await this.#database.run(ADD_MEMBERS, [JSON.stringify(rows)]);
  }

  async pageMembers(
    appserviceId: string,
    after: AppserviceMemberKey | undefined,
    limit: number,
  ): Promise<AppserviceMemberKey[]> {
    const values = [appserviceId, after?.roomShard ?? -1, after?.roomNid ?? 0, after?.userId ?? '', limit];
    const rows = await this.#database.run<MemberRow>(PAGE_MEMBERS, values);
    return rows.map((row) => ({ roomShard: row.room_shard, roomNid: row.room_nid, userId: row.user_id }));
  }

  async removeMembers(appserviceId: string, members: readonly AppserviceMemberKey[]): Promise<void> {
    await this.#database.run(REMOVE_MEMBERS, [
      appserviceId,
      int4Array(members.map(({ roomShard }) => roomShard)),
      int8Array(members.map(({ roomNid }) => roomNid)),
      textArray(members.map(({ userId }) => userId)),
    ]);
  }

  async forgetMembersBeyond(ends: readonly number[]): Promise<void> {
    await this.#database.run(FORGET_BEYOND, [int8Array(ends)]);
  }

  async storeProjection(
    appserviceId: string,
    { namespaces, generation }: { readonly namespaces: string; readonly generation: number },
  ): Promise<void> {
    await this.#database.run(STORE_PROJECTION, [appserviceId, namespaces, generation]);
  }
}

const LIST_PROJECTIONS: Statement = {
  name: 'list-appservice-projections',
  text: 'select appservice_id, namespaces, generation from appservice_projections',
};

const PAGE_JOINED: Statement = {
  name: 'page-joined-users',
  text: `select user_id, room_id, shard, room_nid, position from user_rooms
         where (user_id, room_id) > ($1, $2) and membership = 'join' order by user_id, room_id limit $3`,
};

const ADD_MEMBERS: Statement = {
  name: 'add-appservice-members',
  text: `${STORE_MEMBERS}
         on conflict (appservice_id, room_shard, room_nid, user_id) do update
           set is_joined = excluded.is_joined, position = excluded.position
           where appservice_members.position < excluded.position`,
};

const PAGE_MEMBERS: Statement = {
  name: 'page-appservice-members',
  text: `select room_shard, room_nid, user_id from appservice_members
         where appservice_id = $1 and (room_shard, room_nid, user_id) > ($2::int, $3::bigint, $4)
         order by room_shard, room_nid, user_id limit $5`,
};

const REMOVE_MEMBERS: Statement = {
  name: 'remove-appservice-members',
  text: `delete from appservice_members where appservice_id = $1
           and (room_shard, room_nid, user_id) in (select * from unnest($2::int[], $3::bigint[], $4::text[]))`,
};

const FORGET_BEYOND: Statement = {
  name: 'forget-appservice-members-beyond',
  text: `delete from appservice_members m using unnest($1::bigint[]) with ordinality as e (last, number)
         where m.room_shard = e.number - 1 and m.position > e.last`,
};

const STORE_PROJECTION: Statement = {
  name: 'store-appservice-projection',
  text: `insert into appservice_projections (appservice_id, namespaces, generation) values ($1, $2, $3)
         on conflict (appservice_id) do update set namespaces = excluded.namespaces, generation = excluded.generation`,
};
