/** A token with which accounts can be registered (https://spec.matrix.org/v1.19/client-server-api/#token-authenticated-registration). */
export interface RegistrationToken {
  readonly token: string;
  /** Nothing: any number. */
  readonly usesAllowed: number | undefined;
  /** Sessions that have taken a use and may still register a user. */
  readonly pending: number;
  /** Users that were registered with it. */
  readonly completed: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
}

export type NewRegistrationToken = Pick<RegistrationToken, 'token' | 'usesAllowed' | 'expiresAt'>;

/** What is left out stays as it is, `null` takes a limit away. */
export interface RegistrationTokenChange {
  readonly usesAllowed?: number | null;
  readonly expiresAt?: number | null;
}

/** The registration tokens of each hosted server. A token is valid while it has not expired and a use is left. */
export interface RegistrationTokenRepository {
  /** False where the server has this token already. */
  addRegistrationToken(serverName: string, token: NewRegistrationToken): Promise<boolean>;
  findRegistrationToken(serverName: string, token: string): Promise<RegistrationToken | undefined>;
  isRegistrationTokenValid(serverName: string, token: string): Promise<boolean>;
  /** All, or only those that are (not) valid, in the order of the tokens. */
  listRegistrationTokens(serverName: string, valid?: boolean): Promise<RegistrationToken[]>;
  /** Nothing where there is no such token. */
  changeRegistrationToken(
    serverName: string,
    token: string,
    change: RegistrationTokenChange,
  ): Promise<RegistrationToken | undefined>;
  removeRegistrationToken(serverName: string, token: string): Promise<boolean>;
}
