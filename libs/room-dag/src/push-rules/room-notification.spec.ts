import type { JsonObject } from '@plexus/matrix-base';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RoomEvent } from '../pdu/pdu.ts';
import { parseRoomEvent } from '../pdu/parse-room-event.ts';
import { findRoomVersion } from '../room-version/versions.ts';
import { compilePushRules } from './compile-push-rules.ts';
import { evaluatePushRules } from './evaluate-push-rules.ts';
import { buildPredefinedPushRules } from './predefined-push-rules.ts';
import { PushEventView } from './push-event-view.ts';
import { MAX_MENTIONS, notificationOf } from './room-notification.ts';

const rules = findRoomVersion('11') ?? raise();
const [alice, bob] = ['@alice:a.example', '@bob:a.example'];

function raise(): never {
  throw new Error('there is a version 11');
}

function eventOf(type: string, content: JsonObject, stateKey?: string): RoomEvent {
  const pdu = {
    auth_events: [],
    prev_events: [],
    depth: 1,
    hashes: {},
    signatures: {},
    origin_server_ts: 1,
    room_id: '!room:a.example',
    sender: alice,
    type,
    content,
    ...(stateKey !== undefined && { state_key: stateKey }),
  };
  return parseRoomEvent(Buffer.from(JSON.stringify(pdu)), `$${'e'.repeat(43)}`, rules);
}

const types = [
  'm.room.message',
  'M.ROOM.MESSAGE',
  'm.room.encrypted',
  'm.reaction',
  'm.room.member',
  'm.room.tombstone',
  'm.room.server_acl',
  'm.call.invite',
  'm.sticker',
  'm.room.topic',
];
const contents = fc.record(
  {
    msgtype: fc.constantFrom('m.text', 'm.notice', 'M.Notice', 7),
    body: fc.constantFrom('hello', alice),
    'm.mentions': fc.oneof(
      fc.constantFrom(null, 'x', [], { room: 'true' }, { user_ids: 'x' }),
      fc.record(
        {
          room: fc.constantFrom(true, false, 1),
          user_ids: fc.array(fc.constantFrom(alice, bob, '@carol:b.example', 'nobody', 7), { maxLength: 3 }),
        },
        { requiredKeys: [] },
      ),
    ),
    'm.relates_to': fc.constantFrom({ rel_type: 'm.replace' }, { rel_type: 'm.thread' }, 'x'),
    membership: fc.constantFrom('join', 'invite'),
  },
  { requiredKeys: [] },
);

describe('notificationOf', () => {
  it('is what the predefined rules say to each user', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        contents,
        fc.constantFrom(undefined, '', 'key'),
        fc.constantFrom(0, 50),
        (type, content, stateKey, senderPowerLevel) => {
          const event = eventOf(type, JSON.parse(JSON.stringify(content)) as JsonObject, stateKey);
          const levels = { senderPowerLevel, requiredNotificationLevel: () => 50 };
          const { notifies, highlights, mentions } = notificationOf(event, levels);
          for (const userId of [bob, '@carol:b.example', '@dan:a.example']) {
            const effect = evaluatePushRules(
              compilePushRules(buildPredefinedPushRules(userId)),
              new PushEventView(event),
              { ...levels, userId, displayName: 'x', memberCount: 2 },
            );
            const isMentioned = mentions.includes(userId);
            expect(notifies || isMentioned).toBe(effect?.notifies ?? false);
            expect(highlights || isMentioned).toBe(effect?.highlights ?? false);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('asks for power levels only where somebody mentions the room', () => {
    const unasked = {
      get senderPowerLevel(): number {
        throw new Error('asked');
      },
      requiredNotificationLevel: () => 50,
    };
    expect(notificationOf(eventOf('m.room.message', { body: 'x' }), unasked).notifies).toBe(true);
    expect(() => notificationOf(eventOf('m.room.message', { 'm.mentions': { room: true } }), unasked)).toThrow('asked');
  });

  it('mentions so many users at most, each once, and not the sender', () => {
    const names = Array.from({ length: 600 }, (_, index) => `@u${index}:a.example`);
    const content = { 'm.mentions': { user_ids: [alice, ...names, ...names] } };
    const { mentions } = notificationOf(eventOf('m.sticker', content), {
      senderPowerLevel: 0,
      requiredNotificationLevel: () => 50,
    });
    expect(mentions).toEqual(names.slice(0, MAX_MENTIONS));
  });
});
