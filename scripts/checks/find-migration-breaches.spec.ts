import { describe, expect, it } from 'vitest';
import { findMigrationBreaches } from './find-migration-breaches.ts';
import { splitStatements } from './split-statements.ts';

const expand = { path: 'm/20270101T000000Z-expand.sql', text: 'create table notes (id bigint primary key);' };

function breaches(text: string, name = '20270201T000000Z-next'): string[] {
  const problems = findMigrationBreaches([expand, { path: `m/${name}.sql`, text }]);
  return problems.map((problem) => problem.replace(`m/${name}.sql: `, ''));
}

describe('findMigrationBreaches', () => {
  it.each([
    [
      'a new table with all that belongs to it',
      'create table a (id int not null unique); create index on a (id); insert into a select 1; alter table a add check (id > 0)',
    ],
    ['a column that may be empty', 'alter table notes add column body text'],
    [
      'columns with a constant',
      "alter table notes add column kind text not null default 'a, b', add column at timestamptz default now()",
    ],
    ['a default', 'alter table notes alter column body set default 1'],
    ['a function', 'create function f() returns int language sql as $$ delete from notes; select 1 $$'],
    [
      'an index beside the writers',
      '-- transaction: none\ndrop index concurrently if exists i;\ncreate index concurrently i on notes (id);',
    ],
    [
      'what only a comment or a string says',
      "-- drop table notes;\ncreate table b (x text default 'drop table notes; ');",
    ],
  ])('accepts %s', (_, text) => {
    expect(breaches(text)).toEqual([]);
  });

  it.each([
    ['drop table notes'],
    ['alter table notes drop column body'],
    ['alter table notes rename column body to text'],
    ['alter table notes alter column body type int'],
    ['alter table notes alter column body set not null'],
    ['alter table notes add constraint c check (id > 0) not valid'],
    ['alter table notes add column a int, drop column b'],
    ['drop function f()'],
    ['insert into notes values (1)'],
    ['do $$ begin end $$'],
  ])('wants `%s` to say that it contracts', (text) => {
    expect(breaches(text)).toEqual([expect.stringContaining('does more than expand')]);
    expect(breaches(`-- contracts: 20270101T000000Z-expand\n${text}`)).toEqual([]);
  });

  it.each([
    ['alter table notes add column a int not null', 'needs a default'],
    ['alter table notes add column a int unique', 'the new constraint refuses'],
    ['alter table notes add column a uuid default gen_random_uuid()', 'writes the whole table again'],
    ['create index i on notes (id)', 'stops writers'],
    ['create unique index on notes (id)', 'stops writers'],
    ['-- contracts: 20270101T000000Z-expand\nupdate notes set id = 1', 'a job of the owning app'],
    ['create index concurrently i on notes (id)', '`-- transaction: none`'],
    ['-- transaction: none\ncreate table a (id int)', 'is no `concurrently`'],
  ])('refuses `%s`', (text, because) => {
    expect(breaches(text)).toEqual([expect.stringContaining(because)]);
  });

  it('lets a contraction name an earlier migration only', () => {
    expect(breaches('-- contracts: the old column\ndrop table notes')).toEqual([
      'contracts names no migration: the old column',
    ]);
    expect(breaches('-- contracts: 20270201T000000Z-next\ndrop table notes')).toEqual([
      'contracts names a migration that is not earlier: 20270201T000000Z-next',
    ]);
  });

  it('leaves alone what was there before the first release', () => {
    expect(breaches('drop table notes', '20260101T000000Z-old')).toEqual([]);
  });
});

describe('splitStatements', () => {
  it('sees statements as Postgres does', () => {
    const sql = `create Table "a b" (x text); /* ; */ select ';', $a$;$a$; -- the end;`;
    expect(splitStatements(sql)).toEqual(['create table ab (x text)', "select '', ''"]);
  });
});
