import type { NewNoticeDelivery, NoticeDelivery, NoticeDeliveryRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface DeliveryRow {
  readonly notice_id: string;
  readonly user_id: string;
  readonly event_id: string | null;
}

export class PostgresNoticeDeliveries implements NoticeDeliveryRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async insertOrGet({ noticeId, userId, rememberedMs }: NewNoticeDelivery): Promise<NoticeDelivery> {
    const inserted = await this.#database.run(INSERT_DELIVERY, [noticeId, userId, rememberedMs]);
    if (inserted.length === 1) return { noticeId, userId, eventId: undefined };
    const [row] = await this.#database.run<DeliveryRow>(FIND_DELIVERY, [noticeId]);
    if (row === undefined) return { noticeId, userId, eventId: undefined };
    return { noticeId: row.notice_id, userId: row.user_id, eventId: row.event_id ?? undefined };
  }

  async findSentNotices(userId: string, prefix: string): Promise<string[]> {
    const rows = await this.#database.run<Pick<DeliveryRow, 'notice_id'>>(FIND_SENT, [userId, prefix]);
    return rows.map((row) => row.notice_id);
  }

  async setSent(noticeId: string, eventId: string): Promise<void> {
    await this.#database.run(SET_SENT, [noticeId, eventId]);
  }

  async remove(noticeId: string): Promise<void> {
    await this.#database.run(REMOVE_DELIVERY, [noticeId]);
  }

  async removeExpired(limit: number): Promise<number> {
    return (await this.#database.run(REMOVE_EXPIRED, [limit])).length;
  }
}

const INSERT_DELIVERY: Statement = {
  name: 'insert_notice_delivery',
  text: `insert into notice_deliveries (notice_id, user_id, expires_at)
         values ($1, $2, now() + make_interval(secs => $3::float8 / 1000)) on conflict do nothing returning 1`,
};
const FIND_DELIVERY: Statement = {
  name: 'find_notice_delivery',
  text: 'select notice_id, user_id, event_id from notice_deliveries where notice_id = $1',
};
const FIND_SENT: Statement = {
  name: 'find_sent_notices',
  text: `select notice_id from notice_deliveries
          where user_id = $1 and event_id is not null and starts_with(notice_id, $2)`,
};
const SET_SENT: Statement = {
  name: 'set_notice_sent',
  text: 'update notice_deliveries set event_id = $2 where notice_id = $1 and event_id is null',
};
const REMOVE_DELIVERY: Statement = {
  name: 'remove_notice_delivery',
  text: 'delete from notice_deliveries where notice_id = $1 and event_id is null',
};
const REMOVE_EXPIRED: Statement = {
  name: 'remove_expired_notice_deliveries',
  text: `delete from notice_deliveries where notice_id in (
           select notice_id from notice_deliveries where expires_at < now() limit $1)
         returning 1`,
};
