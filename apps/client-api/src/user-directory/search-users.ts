import type { AppserviceRegistry } from '@plexus/appservices';
import type { UserSearchRequest, UserSearchResponse } from '@plexus/matrix-api';
import { localpartOf, MatrixError, searchWordsOf } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { FoundUser, UserDirectoryReader } from '@plexus/storage';
import type { FindVisibleUsers } from '../profiles/find-visible-users.ts';

export interface UserDirectoryRules {
  readonly isEnabled: boolean;
  /** Whether all users of a server find each other. */
  readonly searchesAllUsers: boolean;
}

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 50;
/** So many are looked at for each that may be shown. */
const LOOKED_AT = 200;

/**
 * Searches for users whom the requester may know of: who share a room with them, and who are in a room that anybody may join or read
 * (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3user_directorysearch), of the hosted servers and of others. Whom nobody can
 * talk to is not found: users of support, and those as whom application services act by themselves.
 */
export class SearchUsers {
  readonly #directory: Pick<UserDirectoryReader, 'searchUsers'>;
  readonly #visibleUsers: FindVisibleUsers;
  readonly #appservices: Pick<AppserviceRegistry, 'isSender'>;
  readonly #rules: UserDirectoryRules;

  constructor(
    directory: Pick<UserDirectoryReader, 'searchUsers'>,
    visibleUsers: FindVisibleUsers,
    appservices: Pick<AppserviceRegistry, 'isSender'>,
    rules: UserDirectoryRules,
  ) {
    this.#directory = directory;
    this.#appservices = appservices;
    this.#visibleUsers = visibleUsers;
    this.#rules = rules;
  }

  async execute(requester: Requester, request: UserSearchRequest): Promise<UserSearchResponse> {
    if (!this.#rules.isEnabled) throw new MatrixError('M_FORBIDDEN', 403, 'The user directory is disabled');
    const { search_term: term, limit: asked = DEFAULT_LIMIT } = request;
    const words = searchWordsOf(localpartIfUserId(term));
    const found = await this.#directory.searchUsers({
      userId: requester.userId,
      words,
      openServer: this.#rules.searchesAllUsers ? requester.serverName : undefined,
      limit: LOOKED_AT,
    });
    const people = found.filter(({ userId }) => !this.#appservices.isSender(userId));
    const visible = await this.#visibleUsers.filter(requester, people);
    const ranked = firstOfEach(visible.toSorted((a, b) => Number(isExact(b, term)) - Number(isExact(a, term))));
    const limit = Math.min(asked, MAX_LIMIT);
    return { results: ranked.slice(0, limit).map(resultOf), limited: ranked.length > limit };
  }
}

/** Who has several names in several rooms is listed once. */
function firstOfEach(users: readonly FoundUser[]): FoundUser[] {
  const listed = new Set<string>();
  return users.filter(({ userId }) => listed.size < listed.add(userId).size);
}

/** Who types a whole user id means its localpart; the server's name is no word of the index. */
function localpartIfUserId(term: string): string {
  return /^@[^:\s]+:\S+$/.test(term) ? localpartOf(term) : term;
}

function isExact({ userId, displayName }: FoundUser, term: string): boolean {
  const wanted = term.toLowerCase();
  return [userId, localpartOf(userId), displayName].some((name) => name?.toLowerCase() === wanted);
}

function resultOf({ userId, displayName, avatarUrl }: FoundUser): UserSearchResponse['results'][number] {
  return {
    user_id: userId,
    ...(displayName !== undefined && { display_name: displayName }),
    ...(avatarUrl !== undefined && { avatar_url: avatarUrl }),
  };
}
