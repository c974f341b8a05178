import type { JsonObject } from '@plexus/matrix-base';
import type { Parties } from '../authentication/parties.ts';

/** What takes in the EDUs of a kind. Content that makes no sense is passed over; what throws has the whole transaction sent again. */
export interface EduReceiver {
  /** Whether anything of it was meant for us. */
  execute(parties: Parties, content: JsonObject): Promise<boolean>;
}
