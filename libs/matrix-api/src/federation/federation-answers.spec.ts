import { expect, it } from 'vitest';
import { federatedHierarchyResponse } from './hierarchy.ts';
import { makeMembershipResponse } from './make-membership.ts';
import { stateIdsResponse } from './room-state.ts';
import { sendJoinResponse } from './send-join.ts';
import { federatedClaimResponse, federatedKeysResponse } from './user-keys.ts';

const summary = { room_id: '!a:b', num_joined_members: 1, world_readable: false, guest_can_join: false };

it.each([
  ['make_join', makeMembershipResponse, { event: {} }],
  ['send_join', sendJoinResponse, { auth_chain: [], state: [{}], members_omitted: true, servers_in_room: ['b'] }],
  ['state_ids', stateIdsResponse, { auth_chain_ids: ['$a'], pdu_ids: [] }],
  ['hierarchy', federatedHierarchyResponse, { room: { ...summary, children_state: [] }, children: [summary] }],
  ['keys/query', federatedKeysResponse, { device_keys: { '@a:b': { D: { keys: {} } } } }],
  ['keys/claim', federatedClaimResponse, { one_time_keys: { '@a:b': { D: { 'signed_curve25519:A': { key: 'x' } } } } }],
])('takes an answer of %s', (_endpoint, shape, body) => {
  expect(shape.check(body)).toMatchObject({ outcome: 'ok' });
});

it.each([
  ['make_join', makeMembershipResponse, { event: [] }],
  ['send_join without state', sendJoinResponse, { auth_chain: [] }],
  ['send_join with texts as events', sendJoinResponse, { auth_chain: ['$a'], state: [] }],
  ['state_ids with events', stateIdsResponse, { auth_chain_ids: [{}], pdu_ids: [] }],
  ['hierarchy without children', federatedHierarchyResponse, { room: { ...summary, children_state: [] } }],
  ['keys/query with a list', federatedKeysResponse, { device_keys: { '@a:b': [] } }],
  ['keys/claim', federatedClaimResponse, { one_time_keys: { '@a:b': { D: 'x' } } }],
])('refuses an answer of %s that is none', (_endpoint, shape, body) => {
  expect(shape.check(body)).toMatchObject({ outcome: 'reject' });
});
