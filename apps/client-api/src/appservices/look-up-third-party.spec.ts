import type { JsonValue } from '@plexus/matrix-base';
import type { ThirdPartyQuestion } from '@plexus/rpc';
import { beforeEach, describe, expect, it } from 'vitest';
import { appserviceOf } from '../../../../libs/appservices/test-support/appservice.ts';
import { requesterOf } from '../../test-support/fake-ports.ts';
import { LookUpThirdParty } from './look-up-third-party.ts';

const alice = requesterOf('@alice:one.example');
const location = { alias: '#_irc_a:one.example', protocol: 'irc', fields: { channel: '#a' } };
const user = { userid: '@_irc_a:one.example', protocol: 'irc', fields: { nick: 'a' } };

describe('LookUpThirdParty', () => {
  let now: number;
  let asked: [string, ThirdPartyQuestion][];
  let answers: Record<string, JsonValue | undefined>;
  let lookUp: LookUpThirdParty;

  beforeEach(() => {
    [now, asked, answers] = [1_000, [], {}];
    const all = [
      appserviceOf({ id: 'one', protocols: ['irc'], users: ['@_irc_.*'], aliases: ['#_irc_.*'] }),
      appserviceOf({ id: 'two', protocols: ['irc', 'sms'] }),
      appserviceOf({ id: 'elsewhere', protocols: ['irc'], servers: ['two.example'] }),
      appserviceOf({ id: 'silent', protocols: ['irc'], url: null }),
    ];
    const queryThirdParty = async (id: string, question: ThirdPartyQuestion) => {
      asked.push([id, question]);
      return answers[id];
    };
    lookUp = new LookUpThirdParty({
      registry: { all: () => all },
      requests: { queryThirdParty },
      clock: { now: () => now },
    });
  });

  it('puts what several say of one protocol together, with the ids of its instances', async () => {
    answers = {
      one: { icon: 'a', instances: [{ network_id: 'freenode', desc: 'F' }] },
      two: { icon: 'b', instances: [{ network_id: 'oftc', desc: 'O' }] },
    };
    expect(await lookUp.protocol(alice, 'irc')).toEqual({
      icon: 'a',
      instances: [
        { network_id: 'freenode', desc: 'F', instance_id: 'one|freenode' },
        { network_id: 'oftc', desc: 'O', instance_id: 'two|oftc' },
      ],
    });
    expect(Object.keys(await lookUp.protocols(alice))).toEqual(['irc', 'sms']);
    expect(asked.map(([id]) => id)).toEqual(['one', 'two', 'two']);
  });

  it('asks about protocols again after a while, and at once where there was no answer', async () => {
    answers = { one: {} };
    await lookUp.protocol(alice, 'irc');
    await lookUp.protocol(alice, 'irc');
    expect(asked.map(([id]) => id)).toEqual(['one', 'two', 'two']);
    now += 60_000;
    await lookUp.protocol(alice, 'irc');
    expect(asked).toHaveLength(5);
  });

  it('knows no protocol that nobody stands for', async () => {
    await expect(lookUp.protocol(alice, 'xmpp')).rejects.toMatchObject({ httpStatus: 404 });
    await expect(lookUp.protocol(alice, 'irc')).rejects.toMatchObject({ httpStatus: 404 });
    expect(await lookUp.protocols(alice)).toEqual({});
  });

  it('collects locations and users, and leaves out what is none', async () => {
    answers = { one: [location, { alias: 5 }, 'x', user], two: 'broken' };
    expect(await lookUp.locations(alice, 'irc', { channel: '#a' })).toEqual([location]);
    expect(await lookUp.users(alice, 'irc', {})).toEqual([user]);
    expect(asked.slice(0, 2)).toEqual([
      ['one', { kind: 'locations', protocol: 'irc', fields: { channel: '#a' } }],
      ['two', { kind: 'locations', protocol: 'irc', fields: { channel: '#a' } }],
    ]);
  });

  it('asks whose a user or an alias is', async () => {
    answers = { one: [location, user] };
    expect(await lookUp.locationsOf(alice, '#_irc_a:one.example')).toEqual([location]);
    expect(await lookUp.usersOf(alice, '@_irc_a:one.example')).toEqual([user]);
    expect(await lookUp.usersOf(alice, '@bob:one.example')).toEqual([]);
    expect(asked.map(([id]) => id)).toEqual(['one', 'one']);
  });
});
