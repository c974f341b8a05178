import { beforeEach, describe, expect, it } from 'vitest';
import { appserviceOf } from '../../test-support/appservice.ts';
import { QueryAppservices } from './query-appservices.ts';

describe('QueryAppservices', () => {
  let asked: string[];
  let answers: Record<string, 'exists' | 'unknown' | 'failed'>;
  let query: QueryAppservices;

  beforeEach(() => {
    asked = [];
    answers = {};
    const ask = async (id: string, name: string) => {
      asked.push(`${id} ${name}`);
      return answers[id] ?? 'unknown';
    };
    const all = [
      appserviceOf({ id: 'silent', url: null, users: ['@_x_.*'] }),
      appserviceOf({ id: 'one', users: ['@_x_.*'], aliases: ['#_x_.*'] }),
      appserviceOf({ id: 'two', users: ['@_x_.*', '@_y_.*'] }),
    ];
    query = new QueryAppservices({ registry: { all: () => all }, requests: { queryUser: ask, queryAlias: ask } });
  });

  it('asks those whose namespaces have the name, until one has the user', async () => {
    answers = { one: 'failed', two: 'exists' };
    expect(await query.makesUser('@_x_a:one.example')).toBe(true);
    expect(asked).toEqual(['one @_x_a:one.example', 'two @_x_a:one.example']);
  });

  it('asks nobody about names that are nobody’s, and not who asks', async () => {
    expect(await query.makesUser('@alice:one.example')).toBe(false);
    expect(await query.makesUser('@_y_a:one.example', 'two')).toBe(false);
    expect(asked).toEqual([]);
  });

  it('has users made who are not there', async () => {
    const there = new Map([['@_x_b:one.example', { displayName: undefined, avatarUrl: undefined }]]);
    const looked: (readonly string[])[] = [];
    const users = { findProfiles: async (userIds: readonly string[]) => (looked.push(userIds), there) };
    await query.ensureUsers(['@alice:one.example'], users);
    expect(looked).toEqual([]);
    await query.ensureUsers(['@_x_a:one.example', '@_x_b:one.example', '@alice:one.example'], users, 'two');
    expect(asked).toEqual(['one @_x_a:one.example']);
  });

  it('asks about aliases', async () => {
    answers = { one: 'exists' };
    expect(await query.makesAlias('#_x_a:one.example')).toBe(true);
    expect(asked).toEqual(['one #_x_a:one.example']);
  });
});
