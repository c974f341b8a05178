import { randomUUID } from 'node:crypto';
import type { ProfilePropagation, ProfilePropagationRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface JobRow {
  readonly user_id: string;
  readonly version: number;
  readonly last_room_id: string;
}

export class PostgresProfilePropagations implements ProfilePropagationRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async claimPropagation(claimMs: number): Promise<{ job: ProfilePropagation; claim: string } | undefined> {
    const claim = randomUUID();
    const [row] = await this.#database.run<JobRow>(CLAIM, [claim, claimMs]);
    return row && { job: jobOf(row), claim };
  }

  async advance(
    claim: string,
    { version, lastRoomId }: Pick<ProfilePropagation, 'version' | 'lastRoomId'>,
    claimMs: number,
  ): Promise<ProfilePropagation | undefined> {
    const [row] = await this.#database.run<JobRow>(ADVANCE, [claim, version, lastRoomId, claimMs]);
    return row && jobOf(row);
  }

  async finish(claim: string, version: number): Promise<boolean> {
    return (await this.#database.run(FINISH, [claim, version])).length === 1;
  }
}

function jobOf(row: JobRow): ProfilePropagation {
  return { userId: row.user_id, version: row.version, lastRoomId: row.last_room_id };
}

const CLAIM: Statement = {
  name: 'claim_profile_propagation',
  text: `update profile_propagations set claim = $1, claimed_until = now() + make_interval(secs => $2::float8 / 1000)
          where user_id = (select user_id from profile_propagations where claimed_until is null or claimed_until < now()
                            order by changed_at limit 1 for update skip locked)
         returning user_id, version, last_room_id`,
};
const ADVANCE: Statement = {
  name: 'advance_profile_propagation',
  text: `update profile_propagations set
           last_room_id = case when version = $2::bigint then $3 else last_room_id end,
           claimed_until = now() + make_interval(secs => $4::float8 / 1000)
         where claim = $1 returning user_id, version, last_room_id`,
};
const FINISH: Statement = {
  name: 'finish_profile_propagation',
  text: 'delete from profile_propagations where claim = $1 and version = $2::bigint returning 1',
};
