import { describe, expect, it } from 'vitest';
import { ALICE, BOB, CAROL, rowsOf, verdictOf } from '../../test-support/auth-cases.ts';
import { buildEvent } from '../../test-support/build-event.ts';
import { creatorsOf, findCreator, isPrivilegedCreator } from './create.ts';

const create = { type: 'm.room.create', sender: ALICE, stateKey: '', prevEvents: [], content: { creator: ALICE } };

const rows = rowsOf([
  { story: '1.5 allows a create event', event: create, verdict: 'allow' },
  {
    story: '1.5 needs no state',
    room: { create: null, members: { [ALICE]: null } },
    event: create,
    verdict: 'allow',
  },
  { story: '1.1 rejects prev_events', event: { ...create, prevEvents: ['$a:b'] }, verdict: 'create.prev_events' },
  {
    story: '1.2 rejects a room id of another server than the sender',
    event: { ...create, roomId: '!room:b.example' },
    verdict: { '1-11': 'create.room_id_domain', '12': 'allow' },
  },
  {
    story: '1.2 rejects a room id without a server',
    event: { ...create, roomId: '!room' },
    verdict: { '1-11': 'create.room_id_domain', '12': 'allow' },
  },
  {
    story: '1.2 rejects a room_id member',
    event: { ...create, pdu: { room_id: '!room:a.example' } },
    verdict: { '1-11': 'allow', '12': 'create.room_id_present' },
  },
  {
    story: '1.3 rejects an unknown room version',
    event: { ...create, content: { creator: ALICE, room_version: '99' } },
    verdict: 'create.room_version',
  },
  {
    story: '1.3 rejects a room version that is no string',
    event: { ...create, content: { creator: ALICE, room_version: 1 } },
    verdict: 'create.room_version',
  },
  {
    story: '1.3 accepts a known room version',
    event: { ...create, content: { creator: ALICE, room_version: '6' } },
    verdict: 'allow',
  },
  {
    story: '1.4 rejects content without creator',
    event: { ...create, content: {} },
    verdict: { '1-10': 'create.creator', '11-12': 'allow' },
  },
  {
    story: '1.4 rejects additional_creators that are no array',
    event: { ...create, content: { creator: ALICE, additional_creators: BOB } },
    verdict: { '1-11': 'allow', '12': 'create.additional_creators' },
  },
  {
    story: '1.4 rejects an additional creator that is no string',
    event: { ...create, content: { creator: ALICE, additional_creators: [BOB, 1] } },
    verdict: { '1-11': 'allow', '12': 'create.additional_creators' },
  },
  {
    story: '1.4 rejects an additional creator that is no user id',
    event: { ...create, content: { creator: ALICE, additional_creators: ['@bob'] } },
    verdict: { '1-11': 'allow', '12': 'create.additional_creators' },
  },
  {
    story: '1.4 accepts additional creators',
    event: { ...create, content: { creator: ALICE, additional_creators: [BOB, CAROL] } },
    verdict: 'allow',
  },
]);

describe('checkCreate', () => {
  it.each(rows)('$story (version $version)', (row) => {
    expect(verdictOf(row)).toBe(row.verdict);
  });
});

describe('creators', () => {
  const content = { creator: BOB, additional_creators: [CAROL, CAROL, ALICE] };
  const createIn = (version: string) => buildEvent(version, { ...create, content });

  it('names content.creator up to version 10', () => {
    expect(findCreator(createIn('10'))).toBe(BOB);
    expect(creatorsOf(createIn('10'))).toEqual([BOB]);
  });

  it('names the sender in version 11', () => {
    expect(creatorsOf(createIn('11'))).toEqual([ALICE]);
  });

  it('names the sender and the additional creators from version 12 on, each once', () => {
    expect(creatorsOf(createIn('12'))).toEqual([ALICE, CAROL]);
    expect(isPrivilegedCreator(CAROL, createIn('12'))).toBe(true);
    expect(isPrivilegedCreator(BOB, createIn('12'))).toBe(false);
  });

  it('gives nobody infinite power before version 12', () => {
    expect(isPrivilegedCreator(ALICE, createIn('11'))).toBe(false);
  });

  it('names nobody where content.creator is no string', () => {
    expect(creatorsOf(buildEvent('6', { ...create, content: { creator: 5 } }))).toEqual([]);
  });
});
