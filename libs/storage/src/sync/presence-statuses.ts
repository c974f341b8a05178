/** What users say of themselves (`status_msg` of https://spec.matrix.org/v1.19/client-server-api/#presence), while nobody is there who knows. */
export interface PresenceStatusRepository {
  findStatus(userId: string): Promise<string | undefined>;
  /** Nothing: the user says nothing any more. Of a user who is not there nothing is kept. */
  storeStatus(userId: string, message: string | undefined): Promise<void>;
}
