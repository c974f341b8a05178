import type { DestinationView, FederationHistory, GivenPdu, LocalEvent } from './federation-history.ts';

/** Everything in a history with other servers that must not be, one sentence each. */
export function checkFederation(history: FederationHistory): string[] {
  return [
    ...history.incidents,
    ...history.given.flatMap((pdu) => checkGiven(pdu, history)),
    ...history.destinations.flatMap((view) => [
      ...checkTransactions(view),
      ...checkOrder(view, history),
      ...checkReached(view, history),
    ]),
  ];
}

/** What was taken with success is stored, or somebody wrote down why not; what was refused is not. */
function checkGiven({ eventId, roomId, isSound, isRefused }: GivenPdu, { fates }: FederationHistory): string[] {
  const fate = fates.get(eventId);
  const about = `${eventId} of ${roomId}`;
  if (isRefused) return fate === undefined || fate === 'given-up' ? [] : [`${about} was refused and is ${fate}`];
  if (fate === undefined) return [`${about} was taken and is lost`];
  if (isSound && fate !== 'accepted') return [`${about} was taken, is sound and ${fate}`];
  return !isSound && fate === 'accepted' ? [`${about} is accepted and should not be`] : [];
}

function checkTransactions({ name, got }: DestinationView): string[] {
  const contents = new Map<string, string>();
  return got.flatMap(({ origin, transactionId, content }) => {
    const id = `${transactionId} of ${origin}`;
    const first = contents.get(id) ?? content;
    contents.set(id, first);
    return first === content ? [] : [`${name} got two contents of the transaction ${id}`];
  });
}

/** What comes of a room for the first time lies behind what came before; with catch-up, things are left out and nothing is put in later. */
function checkOrder({ name, isSteady, got }: DestinationView, { local }: FederationHistory): string[] {
  const received = [...new Set(got.flatMap(({ eventIds }) => eventIds))];
  const place = new Map(local.map(({ eventId }, index) => [eventId, index]));
  const roomOf = new Map(local.map(({ eventId, roomId }) => [eventId, roomId]));
  return [...Map.groupBy(local, ({ roomId }) => roomId)].flatMap(([roomId, events]) => {
    const ofRoom = received.filter((eventId) => roomOf.get(eventId) === roomId);
    const backwards = ofRoom.find(
      (eventId, index) => (place.get(ofRoom[index - 1] ?? '') ?? -1) > placeOf(place, eventId),
    );
    if (backwards !== undefined) return [`${name} got ${backwards} of ${roomId} after what follows it`];
    const missing = isSteady ? events.find(({ eventId }) => !ofRoom.includes(eventId)) : undefined;
    return missing === undefined ? [] : [`${name} took everything and never got ${missing.eventId} of ${roomId}`];
  });
}

function placeOf(place: ReadonlyMap<string, number>, eventId: string): number {
  return place.get(eventId) ?? -1;
}

/** Every event of a hosted user has come, or something that follows it, from which the rest can be asked for. */
function checkReached({ name, got }: DestinationView, { local, previous }: FederationHistory): string[] {
  const reached = ancestorsOf(
    got.flatMap(({ eventIds }) => eventIds),
    previous,
  );
  const lost: LocalEvent[] = local.filter(({ eventId }) => !reached.has(eventId));
  return lost
    .slice(0, 3)
    .map(({ eventId, roomId }) => `neither ${eventId} of ${roomId} nor what follows it came to ${name}`);
}

/** These and everything before them. */
function ancestorsOf(eventIds: readonly string[], previous: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const open = [...eventIds];
  for (let eventId = open.pop(); eventId !== undefined; eventId = open.pop()) {
    if (found.has(eventId)) continue;
    found.add(eventId);
    open.push(...(previous.get(eventId) ?? []));
  }
  return found;
}
