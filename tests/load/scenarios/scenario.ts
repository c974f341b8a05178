import type { LoadClient } from '../load-client.ts';
import type { Round } from '../measure.ts';
import type { MatrixClient, MatrixHttp } from '../../support/matrix-client.ts';
import type { Target } from '../targets/target.ts';

/** What a scenario works with: one target, prepared once, measured in several rounds. */
export interface Stage {
  readonly target: Target;
  readonly http: MatrixHttp;
  readonly load: LoadClient;
  /** A new user with a name that nobody has. */
  newUser(): Promise<MatrixClient>;
  newUsers(count: number): Promise<MatrixClient[]>;
}

export interface Scenario {
  readonly name: string;
  /** What one operation is, for the table's head. */
  readonly unit: string;
  /** Rooms, users, members: what is not measured. */
  prepare(stage: Stage): Promise<(round: number) => Promise<Round>>;
  /** Not run on this target, for the reason given. */
  readonly skips?: (target: Target) => string | undefined;
}
