import type { Deployment } from '../../../../scripts/cluster/deployment.ts';
import type { Fate, FederationHistory, LocalEvent } from '../../../support/faults/federation-history.ts';
import { waitUntil } from '../../../support/servers/wait-until.ts';
import { query } from '../owners.ts';
import { previousOf } from '../read-history.ts';
import { recordOf, textIn } from '../room-view.ts';
import type { FederatedLoad } from './federated-load.ts';

const SETTLED_WITHIN_MS = 90_000;

/** What a run left behind, when everything has come to where it goes, or had the time to. */
export async function gatherFederation(deployment: Deployment, load: FederatedLoad): Promise<FederationHistory> {
  const incidents: string[] = [];
  const given = load.remote.flatMap((speaker) => speaker.given);
  let stored = await readStored(deployment, load);
  await waitUntil('everything has come to where it goes', SETTLED_WITHIN_MS, async () => {
    if (!hasArrived(load)) return false;
    stored = await readStored(deployment, load);
    return given.every(({ eventId, isRefused }) => isRefused || stored.fates.has(eventId));
  }).catch(async (error: unknown) => {
    incidents.push(String(error));
    stored = await readStored(deployment, load);
  });
  const unexplained = given.map(({ eventId }) => eventId).filter((eventId) => !stored.fates.has(eventId));
  for (const eventId of findInLogs(deployment, unexplained)) stored.fates.set(eventId, 'given-up');
  const complaints = [
    ...load.remote.flatMap((speaker) => speaker.incidents),
    ...load.others.flatMap((other) => other.violations),
  ];
  return {
    ...stored,
    incidents: [...incidents, ...complaints],
    given,
    destinations: load.others.map((other) => other.view()),
  };
}

/** The last thing that was said in each room is at every server. */
function hasArrived({ local, others }: FederatedLoad): boolean {
  return others.every((other) => local.every(({ said }) => other.hasHeard(said.at(-1) ?? '')));
}

/** Events of which a service says what became of them. */
function findInLogs({ services }: Deployment, eventIds: readonly string[]): string[] {
  const logs = services.map((service) => service.log());
  return eventIds.filter((eventId) => logs.some((log) => log.includes(eventId)));
}

interface Stored {
  readonly fates: Map<string, Fate>;
  readonly local: readonly LocalEvent[];
  readonly previous: ReadonlyMap<string, readonly string[]>;
}

interface EventRow {
  readonly room_id: string;
  readonly event_id: string;
  readonly status: number;
  readonly json: Buffer;
  readonly position: string | null;
}

const EVENTS = `select r.room_id, e.event_id, e.status, e.json, l.position from rooms r
  join events e using (shard, room_nid) left join room_log l on l.shard = e.shard and l.event_nid = e.event_nid
  where r.room_id = any($1) order by e.shard, l.position`;
const SET_ASIDE = 'select event_id from dead_letters where event_id is not null';
const FATES: readonly Fate[] = ['accepted', 'rejected', 'soft-failed'];

async function readStored(deployment: Deployment, load: FederatedLoad): Promise<Stored> {
  const rows = await query<EventRow>(deployment, EVENTS, [load.rooms]);
  const setAside = await query<{ event_id: string }>(deployment, SET_ASIDE);
  const fates = new Map<string, Fate>(setAside.map(({ event_id: eventId }) => [eventId, 'set-aside']));
  const previous = new Map<string, string[]>();
  const local: LocalEvent[] = [];
  for (const { room_id: roomId, event_id: eventId, status, json, position } of rows) {
    const event = recordOf(JSON.parse(json.toString()));
    fates.set(eventId, FATES[status] ?? 'accepted');
    previous.set(eventId, previousOf(event['prev_events']));
    const body = textIn(recordOf(event['content']), 'body') ?? '';
    if (position !== null && body.startsWith(`${roomId} `)) local.push({ eventId, roomId });
  }
  return { fates, local, previous };
}
