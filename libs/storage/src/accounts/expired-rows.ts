/** Rows that live for a limited time. Who reads them leaves out what has expired, so that it may be removed at any time. */
export interface ExpiredRowRepository {
  removeExpired(): Promise<void>;
}
