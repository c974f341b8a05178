import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { waitUntil } from '../../support/servers/wait-until.ts';

const PATIENCE_MS = 20_000;

export function roomPath(roomId: string): string {
  return `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
}

export interface SeenEvent {
  readonly event_id: string;
  readonly type: string;
  readonly sender: string;
  readonly state_key?: string;
  readonly content: Json;
}

/** The newest events of a room as somebody reads them, oldest first. */
export async function recentEvents(client: MatrixClient, roomId: string, limit = 50): Promise<SeenEvent[]> {
  const body = await client.ask('GET', `${roomPath(roomId)}/messages?dir=b&limit=${limit}`);
  return (body['chunk'] as SeenEvent[]).toReversed();
}

/** Everything that was said, oldest first, read page by page back to the beginning. */
export async function allMessages(client: MatrixClient, roomId: string): Promise<string[]> {
  const events = await allEvents(client, roomId);
  return events.filter(({ type }) => type === 'm.room.message').map(({ content }) => String(content['body']));
}

/** Everything that somebody reads, oldest first, page by page back to the beginning. */
export async function allEvents(client: MatrixClient, roomId: string): Promise<SeenEvent[]> {
  const read: SeenEvent[] = [];
  for (let from: string | undefined; ;) {
    const query = new URLSearchParams({ dir: 'b', limit: '50', ...(from !== undefined && { from }) });
    const body = await client.ask('GET', `${roomPath(roomId)}/messages?${query}`);
    read.push(...(body['chunk'] as SeenEvent[]));
    const end = body['end'];
    if (typeof end !== 'string') return read.toReversed();
    from = end;
  }
}

/** Resolves when somebody reads this message. */
export function untilReads(client: MatrixClient, roomId: string, body: string, withinMs = PATIENCE_MS): Promise<void> {
  return waitUntil(`${client.userId} reads "${body}"`, withinMs, async () =>
    (await recentEvents(client, roomId)).some(({ content }) => content['body'] === body),
  );
}

/** Resolves when the state that somebody sees has this content. */
export function untilState(
  client: MatrixClient,
  roomId: string,
  { type, stateKey = '', content }: { readonly type: string; readonly stateKey?: string; readonly content: Json },
): Promise<void> {
  const path = `${roomPath(roomId)}/state/${type}/${encodeURIComponent(stateKey)}`;
  return waitUntil(`${client.userId} sees ${type} ${JSON.stringify(content)}`, PATIENCE_MS, async () => {
    const { status, body } = await client.call('GET', path);
    return status === 200 && Object.entries(content).every(([key, value]) => sameJson(body[key], value));
  });
}

export function untilMembership(
  client: MatrixClient,
  roomId: string,
  { userId, membership }: { readonly userId: string; readonly membership: string },
): Promise<void> {
  return untilState(client, roomId, { type: 'm.room.member', stateKey: userId, content: { membership } });
}

/** Resolves when somebody has an invite to the room. */
export function untilInvited(client: MatrixClient, roomId: string): Promise<void> {
  return waitUntil(`${client.userId} is invited`, PATIENCE_MS, () => isInvited(client, roomId));
}

/** Resolves when somebody has none any more. */
export function untilNotInvited(client: MatrixClient, roomId: string): Promise<void> {
  const is = async (): Promise<boolean> => !(await isInvited(client, roomId));
  return waitUntil(`${client.userId} is invited no longer`, PATIENCE_MS, is);
}

async function isInvited(client: MatrixClient, roomId: string): Promise<boolean> {
  const { rooms } = await client.sync();
  const invites = (rooms as { readonly invite?: Json } | undefined)?.invite;
  return invites?.[roomId] !== undefined;
}

/** The whole state as somebody sees it: event ids by type and state key. */
export async function stateOf(client: MatrixClient, roomId: string): Promise<Record<string, string>> {
  const { status, body } = await client.call('GET', `${roomPath(roomId)}/state`);
  if (status !== 200 || !Array.isArray(body)) throw new Error(`no state: ${status} ${JSON.stringify(body)}`);
  const events: SeenEvent[] = body;
  return Object.fromEntries(events.map((event) => [`${event.type}|${event.state_key ?? ''}`, event.event_id]));
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
