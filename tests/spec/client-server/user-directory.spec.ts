import { Visitor } from '@plexus/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '@plexus/matrix-base';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { deploymentAdmin, part } from '../support/administrators.ts';
import { TestAppservice } from '../support/appservices.ts';
import { expectError } from '../support/expect-answer.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

const SOON = { timeout: 20_000, interval: 100 };
const SEARCH = '/_matrix/client/v3/user_directory/search';

let http: SpecifiedHttp;
let alice: MatrixClient;
let bob: MatrixClient;
let remote: Visitor;
beforeAll(async () => {
  http = await specified();
  remote = await Visitor.open(http);
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
});

afterAll(() => remote.stop());

interface Found {
  readonly results: readonly Json[];
  readonly limited: boolean;
}

async function search(term: string, options: Json = {}, client = alice): Promise<Found> {
  return client.ask<Found>('POST', SEARCH, { search_term: term, ...options });
}

async function idsFor(term: string): Promise<unknown[]> {
  return (await search(term)).results.map(({ user_id: id }) => id);
}

function named(client: MatrixClient, displayname: string): Promise<Json> {
  return client.ask('PUT', `/_matrix/client/v3/profile/${encodeURIComponent(client.userId)}/displayname`, {
    displayname,
  });
}

describe('POST /user_directory/search', () => {
  it('finds who shares a room, by localpart and by name, in any case, by the beginnings of words', async () => {
    const word = uniqueName('zoe').replaceAll('-', '');
    await named(bob, `Dr. ${word}Ä Quartz`);
    expect((await search(word)).results).toEqual([]);
    await bob.join(await alice.createRoom({ invite: [bob.userId] }));
    const found = { user_id: bob.userId, display_name: `Dr. ${word}Ä Quartz` };
    for (const term of [word, `${word.toUpperCase()}ä`, `quar ${word}`, bob.userId]) {
      expect((await search(term)).results).toEqual([found]);
    }
    expect((await search(`${word} nothing`)).results).toEqual([]);
    expect((await search('')).results).toEqual([]);
    expect((await search('@:')).results).toEqual([]);
  });

  it('finds who is in a room that anybody may join or read, until they leave', async () => {
    const carol = await http.register(uniqueName('carol'));
    expect(await idsFor(carol.userId)).toEqual([]);
    const open = await carol.createRoom({ preset: 'public_chat' });
    expect(await idsFor(carol.userId)).toEqual([carol.userId]);
    await carol.setState(open, 'm.room.join_rules', { join_rule: 'invite' });
    expect(await idsFor(carol.userId)).toEqual([]);
    await carol.setState(open, 'm.room.history_visibility', { history_visibility: 'world_readable' });
    expect(await idsFor(carol.userId)).toEqual([carol.userId]);
    await carol.leave(open);
    expect(await idsFor(carol.userId)).toEqual([]);
  });

  it('says where there are more, those of the very name first', async () => {
    const word = uniqueName('many').replaceAll('-', '');
    const users = [await http.register(`${word}a`), await http.register(`${word}`), await http.register(`${word}c`)];
    for (const user of users) await user.createRoom({ preset: 'public_chat' });
    const { results, limited } = await search(word, { limit: 1 });
    expect([results.map(({ user_id: id }) => id), limited]).toEqual([[`@${word}:localhost`], true]);
    expect((await search(word, { limit: 3 })).limited).toBe(false);
  });

  it('never finds who has been deactivated, and not oneself', async () => {
    const dora = await http.register(uniqueName('dora'));
    await dora.createRoom({ preset: 'public_chat' });
    expect(await idsFor(dora.userId)).toEqual([dora.userId]);
    const auth = {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: dora.userId },
      password: 'wonderland',
    };
    await http.call('POST', '/_matrix/client/v3/account/deactivate', {
      body: { auth },
      accessToken: dora.session.accessToken,
    });
    expect(await idsFor(dora.userId)).toEqual([]);
    expect((await search(alice.userId)).results).toEqual([]);
  });

  it('never finds users of support, nor the one as whom an application service acts by itself', async () => {
    const helper = await http.register(uniqueName('helper'));
    await helper.createRoom({ preset: 'public_chat' });
    expect(await idsFor(helper.userId)).toEqual([helper.userId]);
    const path = `/_synapse/admin/v2/users/${part(helper.userId)}`;
    await (await deploymentAdmin()).ask('PUT', path, { user_type: 'support' });
    expect(await idsFor(helper.userId)).toEqual([]);
    const bridge = await TestAppservice.register(http);
    const [ghost, open] = [await bridge.makeUser('ghost'), { preset: 'public_chat' }];
    const create = '/_matrix/client/v3/createRoom';
    await expect.poll(async () => (await bridge.call('POST', create, open)).status, { timeout: 10_000 }).toBe(200);
    expect((await bridge.as('ghost', 'POST', create, open)).status).toBe(200);
    expect(await idsFor(ghost)).toEqual([ghost]);
    expect(await idsFor(bridge.sender)).toEqual([]);
  });

  it('finds users of other servers by their names in rooms where one may see them, until they leave', async () => {
    const [word, userId] = [uniqueName('rhea').replaceAll('-', ''), remote.user(uniqueName('remote'))];
    const shown = async (client: MatrixClient): Promise<unknown> => (await search(word, {}, client)).results;
    const comesTo = async (roomId: string, displayname: string): Promise<() => Promise<unknown>> => {
      const room = await remote.join(roomId, userId);
      const say = (content: JsonObject): Promise<unknown> => {
        const { pdu } = room.append({ type: 'm.room.member', sender: userId, stateKey: userId, content });
        return remote.send(uniqueName('txn'), { pdus: [pdu] });
      };
      await say({ membership: 'join', displayname, avatar_url: 'mxc://far.example/rhea' });
      return () => say({ membership: 'leave' });
    };
    const open = await alice.createRoom({ preset: 'public_chat' });
    const closed = await alice.createRoom({ preset: 'public_chat' });
    const found = (name: string): Json => ({
      user_id: userId,
      display_name: name,
      avatar_url: 'mxc://far.example/rhea',
    });
    const leaveOpen = await comesTo(open, `${word} Public`);
    await expect.poll(() => shown(bob), SOON).toEqual([found(`${word} Public`)]);
    const leaveClosed = await comesTo(closed, `${word} Secret`);
    await alice.setState(closed, 'm.room.join_rules', { join_rule: 'invite' });
    await expect.poll(async () => (await search(`${word} secret`)).results, SOON).toEqual([found(`${word} Secret`)]);
    expect((await search(`${word} secret`, {}, bob)).results).toEqual([]);
    expect(await shown(bob)).toEqual([found(`${word} Public`)]);
    await leaveOpen();
    await expect.poll(() => shown(bob), SOON).toEqual([]);
    expect(await shown(alice)).toEqual([found(`${word} Secret`)]);
    await leaveClosed();
    await expect.poll(() => shown(alice), SOON).toEqual([]);
  });

  it.each([
    ['no term', {}, 'M_MISSING_PARAM'],
    ['a term that is no text', { search_term: 5 }, 'M_BAD_JSON'],
    ['a limit that is none', { search_term: 'a', limit: 0 }, 'M_BAD_JSON'],
  ])('refuses %s', async (_what, body, errcode) => {
    expectError(await alice.call('POST', SEARCH, body), 400, errcode);
  });
});
