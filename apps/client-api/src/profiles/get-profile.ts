import { QueryAppservices } from '@plexus/appservices';
import type { QueryAppservicesPorts } from '@plexus/appservices';
import { MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { queryProfile } from '@plexus/remote-servers';
import type { RemoteServers } from '@plexus/remote-servers';
import type { Requester } from '@plexus/service-shell';
import type { HostedServers, ProfileRepository } from '@plexus/storage';
import { errorOfAnswer } from '../federation/remote-error.ts';
import { requireUserId } from '../rooms/check-identifiers.ts';
import { requireFieldName } from './check-profile-field.ts';

/** Who may look profiles up. */
export interface LookUpRules {
  readonly requiresUser: boolean;
  readonly requiresSharedRoom: boolean;
}

/** Decides whether somebody is visible to somebody else by their rooms. */
export interface VisibleUsers {
  isVisibleTo(requester: Requester, userId: string): Promise<boolean>;
}

/** Who looks. */
export interface ProfileViewer {
  readonly requester: Requester | undefined;
  /** The hosted server in whose name other servers are asked; nothing: none is. */
  readonly askedBy: string | undefined;
}

export interface GetProfilePorts {
  readonly profiles: Pick<ProfileRepository, 'findProfile'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly remoteServers: Pick<RemoteServers, 'request'>;
  readonly appservices: QueryAppservicesPorts;
}

/** Looks up what users say of themselves (https://spec.matrix.org/v1.19/client-server-api/#profiles). */
export class GetProfile {
  readonly #ports: GetProfilePorts;
  readonly #visibleUsers: VisibleUsers;
  readonly rules: LookUpRules;
  readonly #query: QueryAppservices;

  constructor(ports: GetProfilePorts, visibleUsers: VisibleUsers, rules: LookUpRules) {
    this.#ports = ports;
    this.#visibleUsers = visibleUsers;
    this.#query = new QueryAppservices(ports.appservices);
    this.rules = rules;
  }

  all(viewer: ProfileViewer, userId: string): Promise<JsonObject> {
    return this.#find(viewer, userId);
  }

  /** Throws 404 `M_NOT_FOUND` where the profile has no such field. */
  async field(viewer: ProfileViewer, userId: string, keyName: string): Promise<JsonObject> {
    requireFieldName(keyName);
    const profile = await this.#find(viewer, userId, keyName);
    const value = Object.hasOwn(profile, keyName) ? profile[keyName] : undefined;
    if (value === undefined) throw notFound();
    return { [keyName]: value };
  }

  /** @NOTE Where look-up is limited, a user who does not exist is answered as one who is not visible. */
  async #find({ requester, askedBy }: ProfileViewer, userId: string, field?: string): Promise<JsonObject> {
    requireUserId(userId);
    if (this.rules.requiresSharedRoom && requester?.userId !== userId) {
      if (requester === undefined || !(await this.#visibleUsers.isVisibleTo(requester, userId))) {
        throw new MatrixError('M_FORBIDDEN', 403, 'You may look up only profiles of users who share a room with you');
      }
    }
    const isElsewhere = !this.#ports.servers.isHosted(serverNameOf(userId));
    if (isElsewhere && askedBy !== undefined) return this.#ask(askedBy, userId, field);
    const profile = await this.#findHosted(userId, requester?.appserviceId);
    if (profile === undefined) throw notFound();
    return Object.fromEntries(profile);
  }

  /** One who is not there may be an application service's, which makes them now. */
  async #findHosted(userId: string, appserviceId: string | undefined): ReturnType<ProfileRepository['findProfile']> {
    const { profiles } = this.#ports;
    const profile = await profiles.findProfile(userId);
    if (profile !== undefined || !(await this.#query.makesUser(userId, appserviceId))) return profile;
    return profiles.findProfile(userId);
  }

  async #ask(origin: string, userId: string, field: string | undefined): Promise<JsonObject> {
    const destination = serverNameOf(userId);
    const answer = await queryProfile(this.#ports.remoteServers, { origin, destination }, { userId, field });
    if (answer.outcome === 'ok') return answer.value;
    throw errorOfAnswer(answer, destination);
  }
}

function notFound(): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, 'Profile not found');
}
