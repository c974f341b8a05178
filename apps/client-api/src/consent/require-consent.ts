import type { CacheCodec, NamedCache } from '@plexus/cache';
import { MatrixError } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import { baseUrlOf, buildConsentUri, findRequiredVersion, substituteConsentUri } from '@plexus/policies';
import { StorageError } from '@plexus/storage';
import type { Requester } from '@plexus/service-shell';
import type {
  ConsentKeyReader,
  ConsentReader,
  HostedServers,
  NoticeRoomReader,
  Policies,
  RequiredConsent,
} from '@plexus/storage';

export interface RequireConsentPorts {
  readonly policies: Pick<Policies, 'policiesOf'>;
  readonly consents: Pick<ConsentReader, 'findRequired'>;
  /** Consents that are given, by `givenKey`; one that is not is kept nowhere. */
  readonly givenConsents: NamedCache<true>;
  readonly consentKeys: ConsentKeyReader;
  readonly servers: HostedServers;
  /** In which room a user gets the server's notices. */
  readonly noticeRooms: NoticeRoomReader;
  readonly clock: Pick<Clock, 'now'>;
}

/** Of who asks, what is looked at. */
export type Writer = Pick<Requester, 'userId' | 'serverName' | 'isExemptFromConsent' | 'exceededLimit'>;

const DEFAULT_ERROR = 'To go on here, please read “%(title)s” and agree to it: %(consent_uri)s';

/**
 * Lets users write who have agreed to what their server asks of them. That somebody has agreed stays true, and so it may come from a cache;
 * that somebody has not is asked of Postgres each time: whoever agrees may write at once, at every replica.
 */
export class RequireConsent {
  readonly #ports: RequireConsentPorts;

  constructor(ports: RequireConsentPorts) {
    this.#ports = ports;
  }

  /**
   * Throws 403 `M_CONSENT_NOT_GIVEN` with the user's own link (https://spec.matrix.org/v1.19/client-server-api/#other-error-codes). There is nothing
   * to wait for where no policy blocks, and where the user is known to have agreed. `joining`: the room that the user joins, which may be that of
   * the server's notices.
   */
  execute(requester: Writer, { joining }: { readonly joining?: string } = {}): Promise<void> | undefined {
    const { serverName, isExemptFromConsent } = requester;
    if (isExemptFromConsent === true) return undefined;
    for (const policy of this.#ports.policies.policiesOf(serverName)) {
      const version = findRequiredVersion(policy, this.#ports.clock.now());
      if (version === undefined) continue;
      const isGiven = this.#ports.givenConsents.peek(this.#keyOf(requester, version.versionNid));
      if (isGiven !== true) return this.#confirm(requester, joining);
    }
    return undefined;
  }

  async #confirm(requester: Writer, joining: string | undefined): Promise<void> {
    const { userId, serverName } = requester;
    const { consents, givenConsents, noticeRooms } = this.#ports;
    const required = await consents.findRequired(userId);
    for (const { versionNid, isGiven } of required) {
      if (isGiven) await givenConsents.get(this.#keyOf(requester, versionNid), async () => true);
    }
    const missing = required.find(({ isGiven }) => !isGiven);
    if (missing === undefined) return;
    if (joining !== undefined && (await noticeRooms.findRoom(userId)) === joining) return;
    throw await this.#errorOf(userId, serverName, missing);
  }

  /** @NOTE Whoever has a name on a server that was removed and added again is somebody else. */
  #keyOf({ userId, serverName }: Writer, versionNid: number): string {
    return givenKey(userId, versionNid, this.#ports.servers.find(serverName)?.createdAt);
  }

  async #errorOf(userId: string, serverName: string, missing: RequiredConsent): Promise<MatrixError> {
    const { policies, consentKeys, servers } = this.#ports;
    const key = await consentKeys.findConsentKey(serverName);
    const server = servers.find(serverName);
    if (key === undefined || server === undefined) throw new StorageError(`the key of ${serverName} is not there`);
    const all = policies.policiesOf(serverName);
    const uri = buildConsentUri({
      baseUrl: baseUrlOf(server),
      key,
      userId,
      ...(all.length > 1 && { policy: missing.policy }),
    });
    const policy = all.find(({ policyNid }) => policyNid === missing.policyNid);
    const text = policy?.blockError ?? DEFAULT_ERROR.replace('%(title)s', () => policy?.title ?? missing.policy);
    return new MatrixError('M_CONSENT_NOT_GIVEN', 403, substituteConsentUri(text, uri), { consent_uri: uri });
  }
}

/** How the cache `consent` keeps that something is given: nothing else is kept. */
export const givenCodec: CacheCodec<true> = { encode: () => Buffer.of(1), decode: () => true };

/** Under which the cache `consent` knows that a user, of a server that is hosted since then, has agreed to a version or a later one. */
function givenKey(userId: string, versionNid: number, hostedSince: number | undefined): string {
  return `${hostedSince ?? 0} ${versionNid} ${userId}`;
}
