import { expect, it } from 'vitest';
import { checkFederation } from './check-federation.ts';
import type { DestinationView, FederationHistory, GivenPdu, GotTransaction } from './federation-history.ts';

const ROOM = '!a:one.example';
const SOUND: GivenPdu = { eventId: '$r1', roomId: ROOM, isSound: true, isRefused: false };
const GOOD: FederationHistory = {
  incidents: [],
  given: [
    SOUND,
    { ...SOUND, eventId: '$r2', isSound: false },
    { ...SOUND, eventId: '$r3', isSound: false, isRefused: true },
  ],
  fates: new Map([
    ['$r1', 'accepted'],
    ['$r2', 'rejected'],
  ]),
  local: ['$1', '$2', '$3', '$4'].map((eventId) => ({ eventId, roomId: ROOM })),
  previous: new Map([
    ['$2', ['$1']],
    ['$r1', ['$2']],
    ['$3', ['$r1']],
    ['$4', ['$3']],
  ]),
  destinations: [
    destination({ isSteady: true, got: [got('a', '$1'), got('b', '$2', '$3'), got('b', '$2', '$3'), got('c', '$4')] }),
    destination({ got: [got('a', '$1'), got('z', '$4')] }),
  ],
};

function got(transactionId: string, ...eventIds: string[]): GotTransaction {
  return { transactionId, origin: 'one.example', content: eventIds.join(), eventIds };
}

function destination(view: Partial<DestinationView>): DestinationView {
  return { name: 'far.example', isSteady: false, got: [], ...view };
}

function check(change: Partial<FederationHistory>): string[] {
  return checkFederation({ ...GOOD, ...change });
}

it('finds nothing where everything is as it must be', () => {
  expect(check({})).toEqual([]);
});

it('finds PDUs that were taken and are lost', () => {
  expect(check({ fates: new Map([['$r2', 'rejected']]) })).toEqual(['$r1 of !a:one.example was taken and is lost']);
});

it('is content with what somebody wrote down, unless the PDU was sound', () => {
  const fates = new Map([...GOOD.fates, ['$r2', 'given-up']] as const);
  expect(check({ fates })).toEqual([]);
  expect(check({ fates: new Map([...fates, ['$r1', 'soft-failed']]) })).toHaveLength(1);
});

it('finds PDUs that are there and should not be', () => {
  expect(check({ fates: new Map([...GOOD.fates, ['$r2', 'accepted']]) })).toHaveLength(1);
  expect(check({ fates: new Map([...GOOD.fates, ['$r3', 'rejected']]) })).toHaveLength(1);
});

it('finds two contents of one transaction, unless two servers sent them', () => {
  const [first, second] = [got('a', '$1'), got('a', '$1', '$2', '$3', '$4')];
  expect(check({ destinations: [destination({ got: [first, second] })] })).toHaveLength(1);
  const other = { ...second, origin: 'two.example' };
  expect(check({ destinations: [destination({ got: [first, other] })] })).toEqual([]);
});

it('finds events that came in another order', () => {
  const destinations = [destination({ got: [got('a', '$1'), got('b', '$3'), got('c', '$2'), got('d', '$4')] })];
  expect(check({ destinations })).toEqual(['far.example got $2 of !a:one.example after what follows it']);
});

it('finds what a server that took everything never got', () => {
  const destinations = [destination({ isSteady: true, got: [got('a', '$1', '$2', '$4')] })];
  expect(check({ destinations })).toEqual(['far.example took everything and never got $3 of !a:one.example']);
});

it('finds what reached a server neither by itself nor by what follows it', () => {
  const destinations = [destination({ got: [got('a', '$1', '$3')] })];
  expect(check({ destinations })).toEqual(['neither $4 of !a:one.example nor what follows it came to far.example']);
});
