import { describe, expect, it } from 'vitest';
import { findOwnerBreaches } from './find-owner-breaches.ts';

const rooms = {
  path: 'm/rooms.sql',
  text: '-- owner: event-persister\ncreate table rooms (a int);\ncreate table events (a int);',
};
const accounts = { path: 'm/accounts.sql', text: '-- owner: client-api\ncreate table users (a int);' };
const folder = 'libs/storage-postgres/src';

function breaches(...files: [path: string, text: string][]): string[] {
  return findOwnerBreaches(
    [rooms, accounts],
    files.map(([path, text]) => ({ path, text })),
  );
}

describe('findOwnerBreaches', () => {
  it('accepts one owner per folder', () => {
    expect(
      breaches(
        [`${folder}/rooms/a.ts`, 'sql`insert into rooms values (1)`'],
        [`${folder}/rooms/b.ts`, 'sql`update events set a = 1`'],
        [`${folder}/accounts/a.ts`, 'sql`delete from users`; // update the users of rooms'],
      ),
    ).toEqual([]);
  });

  it('finds a folder that writes tables of two owners', () => {
    expect(breaches([`${folder}/rooms/a.ts`, 'insert into rooms …; UPDATE users SET a = 1'])).toEqual([
      `${folder}/rooms: writes tables of several owners: event-persister (rooms) and client-api (users)`,
    ]);
  });

  it('finds a table that is written from two places', () => {
    expect(
      breaches([`${folder}/rooms/a.ts`, 'insert into events'], ['apps/sync/src/a.ts', 'delete from events']),
    ).toEqual([`events: written from several places: ${folder}/rooms, apps/sync`]);
  });

  it('finds a write to a table that no migration creates', () => {
    expect(breaches([`${folder}/rooms/a.ts`, 'insert into nothing values (1)'])).toEqual([
      `${folder}/rooms/a.ts: writes nothing, which no migration creates`,
    ]);
  });

  it('wants an owner on the first line of every migration', () => {
    expect(findOwnerBreaches([{ path: 'm/a.sql', text: 'create table a ();' }], [])).toEqual([
      'm/a.sql: the first line has to name the owner: -- owner: <app or lib>',
    ]);
  });
});
