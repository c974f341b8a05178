import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { specified, uniqueName } from '../support/specified-http.ts';
import { syncWith } from '../support/sync-answer.ts';

const RULES = '/_matrix/client/v3/pushrules';
const MINE = `${RULES}/global/override/mine`;
const RULE = { actions: ['notify'], conditions: [{ kind: 'event_match', key: 'type', pattern: 'm.tea' }] };

let alice: MatrixClient;
beforeAll(async () => {
  alice = await (await specified()).register(uniqueName('alice'));
});

async function overrides(): Promise<readonly string[]> {
  const { global } = (await alice.ask('GET', `${RULES}/`)) as { global: { override: { rule_id: string }[] } };
  expect(await alice.ask('GET', `${RULES}/global/`)).toEqual(global);
  return global.override.map(({ rule_id: ruleId }) => ruleId);
}

describe('push rules', () => {
  it('begin with the predefined ones, told at the first sync', async () => {
    expect((await overrides())[0]).toBe('.m.rule.master');
    const { account_data: accountData } = await syncWith(alice);
    expect(accountData?.events).toContainEqual({ type: 'm.push_rules', content: await alice.ask('GET', `${RULES}/`) });
  });

  it('are put, told, changed and deleted', async () => {
    const { next_batch: since } = await syncWith(alice);
    expect(await alice.ask('PUT', MINE, RULE)).toEqual({});
    expect((await overrides()).slice(0, 2)).toEqual(['.m.rule.master', 'mine']);
    const told = (await syncWith(alice, { since })).account_data?.events;
    expect(told).toEqual([{ type: 'm.push_rules', content: await alice.ask('GET', `${RULES}/`) }]);
    expect(await alice.ask('PUT', `${MINE}/enabled`, { enabled: false })).toEqual({});
    expect(await alice.ask('GET', `${MINE}/enabled`)).toEqual({ enabled: false });
    expect(await alice.ask('PUT', `${MINE}/actions`, { actions: [] })).toEqual({});
    expect(await alice.ask('GET', `${MINE}/actions`)).toEqual({ actions: [] });
    expect(await alice.ask('GET', MINE)).toMatchObject({ rule_id: 'mine', enabled: false, actions: [] });
    expect(await alice.ask('DELETE', MINE)).toEqual({});
    expectError(await alice.call('GET', MINE), 404, 'M_NOT_FOUND');
  });

  it('that are predefined can be disabled and given other actions', async () => {
    const call = `${RULES}/global/underride/.m.rule.call`;
    await alice.ask('PUT', `${call}/enabled`, { enabled: false });
    await alice.ask('PUT', `${call}/actions`, { actions: ['notify'] });
    expect(await alice.ask('GET', call)).toMatchObject({ enabled: false, actions: ['notify'], default: true });
    expectError(await alice.call('DELETE', call), 400, 'M_INVALID_PARAM');
  });

  it.each<[string, string, Json, number, string]>([
    ['of the server', 'override/.mine', RULE, 400, 'M_INVALID_PARAM'],
    ['of no kind', 'nothing/mine', RULE, 400, 'M_INVALID_PARAM'],
    ['without actions', 'override/mine', {}, 400, 'M_MISSING_PARAM'],
    ['beside none', 'override/mine?before=none', RULE, 400, 'M_UNKNOWN'],
    ['that are not there', 'override/none/enabled', { enabled: true }, 404, 'M_NOT_FOUND'],
  ])('%s are refused', async (_title, path, body, status, errcode) => {
    expectError(await alice.call('PUT', `${RULES}/global/${path}`, body), status, errcode);
  });
});
