import type { Appservice } from '@plexus/appservices';
import type { Clock } from '@plexus/matrix-base';
import type {
  AppserviceMember,
  AppserviceMemberKey,
  AppserviceProjections,
  JoinedUser,
  RoomLogPositionReader,
  RoomReader,
} from '@plexus/storage';

export interface RebuildMembersPorts {
  readonly projections: AppserviceProjections;
  readonly log: Pick<RoomLogPositionReader, 'readGeneration'>;
  readonly reader: Pick<RoomReader, 'readPositions'>;
  readonly clock: Clock;
}

const PAGE = 2_000;
/** So long nothing is looked at where no registration changed. */
const LOOK_AGAIN_MS = 30_000;
/** Others have the database meanwhile. */
const PAUSE_MS = 5;

/**
 * Takes over who of an application service's users was in rooms before it was registered, or before its namespaces were what they are: from the
 * projection of memberships, a page at a time. Rows of the log that come meanwhile win by their positions. A crash begins it anew.
 */
export class RebuildMembers {
  readonly #ports: RebuildMembersPorts;
  #done: { readonly appservices: readonly Appservice[]; readonly at: number } | undefined;

  constructor(ports: RebuildMembersPorts) {
    this.#ports = ports;
  }

  /** For those of these to whom it was not done; true where anything was. */
  async execute(appservices: readonly Appservice[], signal: AbortSignal): Promise<boolean> {
    const { projections, log, reader, clock } = this.#ports;
    const isDone = this.#done?.appservices === appservices && this.#done.at + LOOK_AGAIN_MS > clock.now();
    if (appservices.length === 0 || isDone) return false;
    const generation = await log.readGeneration();
    const made = await projections.listProjections();
    const missing = appservices.filter((appservice) => {
      const known = made.get(appservice.id);
      return known?.namespaces !== namespacesOf(appservice) || known.generation !== generation;
    });
    if (missing.length === 0) {
      this.#done = { appservices, at: clock.now() };
      return false;
    }
    const isRestored = missing.some(({ id }) => (made.get(id)?.generation ?? generation) !== generation);
    if (isRestored) await projections.forgetMembersBeyond(await reader.readPositions());
    if (!(await this.#takeAll(missing, signal))) return false;
    for (const appservice of missing) {
      if (made.has(appservice.id)) await this.#removeForeign(appservice);
      await projections.storeProjection(appservice.id, { namespaces: namespacesOf(appservice), generation });
    }
    return true;
  }

  async #takeAll(appservices: readonly Appservice[], signal: AbortSignal): Promise<boolean> {
    const { projections, clock } = this.#ports;
    for (let after: JoinedUser | undefined; ;) {
      const page = await projections.pageJoined(after, PAGE);
      const members = page.flatMap((joined) => membersOf(joined, appservices));
      if (members.length > 0) await projections.storeMembers(members);
      after = page.at(-1);
      if (page.length < PAGE) return true;
      await clock.delay(PAUSE_MS, signal);
      if (signal.aborted) return false;
    }
  }

  /** Users who were in its namespaces before they changed. */
  async #removeForeign(appservice: Appservice): Promise<void> {
    const { projections } = this.#ports;
    for (let after: AppserviceMemberKey | undefined; ;) {
      const page = await projections.pageMembers(appservice.id, after, PAGE);
      const foreign = page.filter(({ userId }) => !appservice.coversUser(userId));
      if (foreign.length > 0) await projections.removeMembers(appservice.id, foreign);
      after = page.at(-1);
      if (page.length < PAGE) return;
    }
  }
}

function membersOf(joined: JoinedUser, appservices: readonly Appservice[]): AppserviceMember[] {
  const { userId, roomShard, roomNid, position } = joined;
  return appservices.flatMap((appservice) => {
    if (!appservice.coversUser(userId)) return [];
    return [{ appserviceId: appservice.id, roomShard, roomNid, userId, isJoined: true, position }];
  });
}

/** What of a registration says whose memberships count. */
function namespacesOf({ servers, settings }: Appservice): string {
  return JSON.stringify([servers, settings.senderLocalpart, settings.namespaces.users.map(({ regex }) => regex)]);
}
