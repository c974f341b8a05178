import { inspect } from 'node:util';
import type { AppserviceRecord } from '@plexus/storage';
import { describe, expect, it } from 'vitest';
import { Appservice } from './appservice.ts';
import { checkEventInterest, checkRoomInterest } from './check-event-interest.ts';

const HOSTED = new Set(['one.example', 'two.example']);
const hosted = { isHosted: (serverName: string) => HOSTED.has(serverName) };

const record: AppserviceRecord = {
  id: 'irc',
  servers: ['one.example', 'gone.example'],
  settings: {
    url: 'http://127.0.0.1:9999',
    senderLocalpart: '_irc_bot',
    namespaces: {
      users: [
        { regex: '@_irc_.*', isExclusive: true },
        { regex: '@guest_.*', isExclusive: false },
      ],
      aliases: [{ regex: '#_irc_.*', isExclusive: true }],
      rooms: [{ regex: '!bridged', isExclusive: false }],
    },
    protocols: ['irc'],
    isRateLimited: true,
    ipRangeWhitelist: [],
    receivesEphemeral: false,
    receivesDeviceChanges: false,
    managesDevices: false,
  },
  tokens: [{ tokenHash: Buffer.alloc(32, 1) }],
  hsToken: 'hs-secret',
  origin: 'admin-api',
  version: 1,
  createdAt: 0,
};

describe('Appservice', () => {
  const appservice = new Appservice(record, hosted);

  it('serves the hosted servers that are named for it', () => {
    expect(['one.example', 'two.example', 'gone.example'].map((name) => appservice.serves(name))).toEqual([
      true,
      false,
      false,
    ]);
    const ofAll = new Appservice({ ...record, servers: 'all' }, hosted);
    expect(['one.example', 'two.example', 'far.example'].map((name) => ofAll.serves(name))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it.each([
    ['@_irc_alice:one.example', true, true],
    ['@guest_alice:one.example', true, false],
    ['@_irc_bot:one.example', true, true],
    ['@_irc_alice:two.example', false, false],
    ['@_irc_alice:far.example', false, false],
    ['@_irc_alice', false, false],
    ['@alice:one.example', false, false],
  ])('of the user %s: covers %s, holds %s', (userId, covers, holds) => {
    expect([appservice.coversUser(userId), appservice.holdsUser(userId)]).toEqual([covers, holds]);
  });

  it('has its sender whatever its namespaces are', () => {
    const namespaces = { users: [], aliases: [], rooms: [] };
    const bare = new Appservice({ ...record, settings: { ...record.settings, namespaces } }, hosted);
    expect(bare.senderOn('one.example')).toBe('@_irc_bot:one.example');
    expect(bare.coversUser('@_irc_bot:one.example') && bare.holdsUser('@_irc_bot:one.example')).toBe(true);
    expect(bare.coversUser('@_irc_alice:one.example')).toBe(false);
  });

  it('takes aliases of its servers, and rooms of any', () => {
    expect(appservice.coversAlias('#_irc_room:one.example')).toBe(true);
    expect(appservice.holdsAlias('#_irc_room:one.example')).toBe(true);
    expect(appservice.coversAlias('#_irc_room:far.example')).toBe(false);
    expect(appservice.coversRoom('!bridged1:far.example')).toBe(true);
    expect(appservice.coversRoom('!other:one.example')).toBe(false);
  });

  it('is spoken for from listed addresses only, or from everywhere', () => {
    expect(appservice.allowsAddress('192.0.2.1') && appservice.allowsAddress('')).toBe(true);
    const settings = { ...record.settings, ipRangeWhitelist: ['10.0.0.0/8'] };
    const guarded = new Appservice({ ...record, settings }, hosted);
    expect(guarded.allowsAddress('::ffff:10.0.0.1')).toBe(true);
    expect(guarded.allowsAddress('192.0.2.1') || guarded.allowsAddress('')).toBe(false);
  });

  it('shows no token however it is printed', () => {
    const shown = [JSON.stringify(appservice), inspect(appservice, { depth: 9 }), `${appservice}`].join('\n');
    expect(shown).toContain('irc');
    expect(shown).not.toContain('hs-secret');
  });
});

describe('interest', () => {
  const appservice = new Appservice(record, hosted);
  const event = { roomId: '!r:one.example', type: 'm.room.message', sender: '@alice:one.example' };

  it('comes of the room, the sender, or who a membership is about', () => {
    expect(checkEventInterest(appservice, event)).toBe(false);
    expect(checkEventInterest(appservice, { ...event, roomId: '!bridged:one.example' })).toBe(true);
    expect(checkEventInterest(appservice, { ...event, sender: '@_irc_a:one.example' })).toBe(true);
    const member = { ...event, type: 'm.room.member', stateKey: '@_irc_a:one.example' };
    expect(checkEventInterest(appservice, member)).toBe(true);
    expect(checkEventInterest(appservice, { ...member, type: 'other' })).toBe(false);
  });

  it('comes of the aliases and the members of a room', () => {
    const room = { roomId: '!r:one.example', aliases: ['#a:one.example'], members: ['@alice:one.example'] };
    expect(checkRoomInterest(appservice, room)).toBe(false);
    expect(checkRoomInterest(appservice, { ...room, aliases: ['#_irc_a:one.example'] })).toBe(true);
    expect(checkRoomInterest(appservice, { ...room, members: ['@_irc_bot:one.example'] })).toBe(true);
    expect(checkRoomInterest(appservice, { ...room, roomId: '!bridged:x' })).toBe(true);
  });
});
