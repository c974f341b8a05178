import { describe, expect, it } from 'vitest';
import { ALICE, BOB, CAROL, rowsOf, stateEventsOf, verdictOf } from '../../test-support/auth-cases.ts';
import { buildEvent } from '../../test-support/build-event.ts';
import { authStateOf } from './auth-state.ts';
import { canRedact } from './redaction.ts';

const redaction = (sender: string, redacts: string) => {
  return { eventId: '$redaction:b.example', type: 'm.room.redaction', sender, redacts };
};

const rows = rowsOf([
  { story: '11.1 allows the redact level', event: redaction(BOB, '$x:a.example'), verdict: 'allow' },
  {
    story: "11.2 allows an event id of the redaction's own server",
    event: redaction(CAROL, '$x:b.example'),
    verdict: 'allow',
  },
  {
    story: '11.3 rejects an event id of another server in versions 1 and 2',
    event: redaction(CAROL, '$x:a.example'),
    verdict: { '1-2': 'redaction.power', '3-12': 'allow' },
  },
  {
    story: '11.3 rejects a redaction of nothing in versions 1 and 2',
    event: { eventId: '$r:b.example', type: 'm.room.redaction', sender: CAROL },
    verdict: { '1-2': 'redaction.power', '3-12': 'allow' },
  },
  {
    story: '8 holds for redactions as for any event',
    room: { powerLevels: { events: { 'm.room.redaction': 1 }, redact: 0 } },
    event: redaction(CAROL, '$x:b.example'),
    verdict: 'event.power',
  },
]);

describe('checkRedaction', () => {
  it.each(rows)('$story (version $version)', (row) => {
    expect(verdictOf(row)).toBe(row.verdict);
  });
});

const redacted = (version: string, sender: string) =>
  buildEvent(version, { eventId: '$x:a.example', type: 'm.room.message', sender });
const redactionBy = (version: string, sender: string) => buildEvent(version, redaction(sender, '$x:a.example'));
const stateIn = (version: string) => authStateOf(stateEventsOf(version));

describe('canRedact', () => {
  it.each(['1', '2', '3', '11', '12'])('takes the redact level (version %s)', (version) => {
    expect(canRedact(redactionBy(version, BOB), redacted(version, ALICE), stateIn(version))).toBe(true);
    expect(canRedact(redactionBy(version, CAROL), redacted(version, ALICE), stateIn(version))).toBe(false);
  });

  it('lets senders of one server redact each other from version 3 on', () => {
    const message = redacted('3', '@zoe:b.example');
    expect(canRedact(redactionBy('3', CAROL), message, stateIn('3'))).toBe(true);
  });

  it('goes by the servers in the event ids in versions 1 and 2', () => {
    expect(canRedact(redactionBy('1', CAROL), redacted('1', '@zoe:b.example'), stateIn('1'))).toBe(false);
  });

  it('has no effect on another event or in another room', () => {
    const other = buildEvent('6', { eventId: '$y:a.example', type: 'm.room.message', sender: BOB });
    expect(canRedact(redactionBy('6', BOB), other, stateIn('6'))).toBe(false);
    const elsewhere = { ...redacted('6', BOB), roomId: '!other:a.example' };
    expect(canRedact(redactionBy('6', BOB), elsewhere, stateIn('6'))).toBe(false);
  });

  it('is refused while the redact level is unreadable', () => {
    const state = authStateOf(stateEventsOf('6', { powerLevels: { redact: 'x', users: { [BOB]: 50 } } }));
    expect(canRedact(redactionBy('6', BOB), redacted('6', '@zoe:b.example'), state)).toBe(false);
  });
});
