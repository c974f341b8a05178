import { StorageError } from '@plexus/storage';
import { PostgresConnection } from '../postgres/postgres-connection.ts';
import type { Statement } from '../postgres/statement.ts';
import { raiseGeneration } from './raise-generation.ts';
import type { AreaUrls } from './raise-generation.ts';

export interface GenerationGateOptions {
  readonly urls: AreaUrls;
  /** Whether a standby that is promoted has everything that was acknowledged. */
  readonly keepsCommits: boolean;
  /** The rows are on another Postgres than before. */
  readonly moved?: (move: LineageMove) => void;
}

export interface LineageMove {
  readonly area: 'rooms' | 'accounts';
  readonly from: string;
  readonly to: string;
  /** The deployment's, afterwards; the same as before where nothing was lost. */
  readonly generation: number;
  readonly isRaised: boolean;
}

interface Lineage {
  readonly recorded: string | null;
  readonly found: string | null;
  readonly is_standby: boolean;
}

/**
 * Stands before every connection to Postgres. One to another Postgres than the rows were on before, a promoted standby or a restored
 * cluster, is used by nobody before it is settled whether commits were lost and the deployment's generation has moved on.
 *
 *     connected ──► a standby? refuse ──► the lineage that is stored? admit
 *                                            │ another
 *                                            ▼
 *                                 loses nothing: store the lineage      may have lost commits: raise the generation, and store it with that
 *
 * @NOTE A process that was connected to the former Postgres comes by here before it does anything on the new one. So what it knows of
 * positions, epochs and rows is of the generation that it knows, and cannot be taken for one of the next.
 */
export class GenerationGate {
  readonly #options: GenerationGateOptions;
  readonly #listeners = new Set<(generation: number) => void>();
  #generation = 0;
  /** Where accounts were when somebody was admitted last. */
  #accountLineage: string | null = null;

  constructor(options: GenerationGateOptions) {
    this.#options = options;
  }

  /** The deployment's generation: none of the connections that are open was admitted in a later one. */
  current(): number {
    return this.#generation;
  }

  /** Tells of each later generation, when the first connection in it is admitted. */
  onRaised(listener: (generation: number) => void): void {
    this.#listeners.add(listener);
  }

  /** Commits are known to be lost, however it came about. Raises the generation in which that was found, if it is the deployment's still. */
  async commitsLost(): Promise<void> {
    const { urls } = this.#options;
    this.#saw(await raiseGeneration({ urls, seen: this.#generation, endsSessions: true }));
  }

  readonly admitToRooms = async (connection: PostgresConnection): Promise<void> => {
    const row = await readRooms(connection);
    await this.#admit('rooms', connection, { ...row, readGeneration: async () => row.generation });
    const isMoved = row.found !== row.recorded;
    this.#saw(isMoved ? (await readRooms(connection)).generation : row.generation);
  };

  readonly admitToAccounts = async (connection: PostgresConnection): Promise<void> => {
    const lineage = await readAccounts(connection);
    await this.#admit('accounts', connection, { ...lineage, readGeneration: () => this.#readGeneration() });
    // Another process may have raised it because of this move.
    if (this.#accountLineage !== null && this.#accountLineage !== lineage.found)
      this.#saw(await this.#readGeneration());
    this.#accountLineage = lineage.found;
  };

  /** Of a database that has both areas. */
  readonly admitToBoth = async (connection: PostgresConnection): Promise<void> => {
    await this.admitToRooms(connection);
    await this.admitToAccounts(connection);
  };

  async #admit(area: Area, connection: PostgresConnection, lineage: Lineage & GenerationSource): Promise<void> {
    const { recorded: from, found: to, is_standby: isStandby } = lineage;
    if (isStandby) throw new StorageError('this Postgres is a standby: nothing can be written there');
    if (to === null || to === from) return;
    if (from === null) return void (await connection.run(STORE_LINEAGE[area], [to, from]));
    if (!this.#keepsCommits(from, to)) return this.#raise(area, connection, { from, to, ...lineage });
    const [stored] = await connection.run<{ is_moved: boolean }>(STORE_LINEAGE[area], [to, from]);
    if (stored?.is_moved === true) this.#moved({ area, from, to, isRaised: false });
  }

  /** @NOTE The generation is read before it is looked whether another process was faster: so none is raised twice for one move. */
  async #raise(area: Area, connection: PostgresConnection, { from, to, readGeneration }: Raise): Promise<void> {
    const { urls } = this.#options;
    const seen = await readGeneration();
    const { recorded } = area === 'rooms' ? await readRooms(connection) : await readAccounts(connection);
    if (recorded === to) return;
    this.#saw(await raiseGeneration({ urls, seen }));
    this.#moved({ area, from, to, isRaised: true });
  }

  async #readGeneration(): Promise<number> {
    const { rooms: url, tls } = this.#options.urls;
    const connection = await PostgresConnection.open({ url, tls, applicationName: NAME });
    try {
      return (await readRooms(connection)).generation;
    } finally {
      await connection.close();
    }
  }

  /** Another timeline of the same cluster is a promotion; another cluster is a restored one. */
  #keepsCommits(from: string, to: string): boolean {
    return this.#options.keepsCommits && clusterOf(from) === clusterOf(to);
  }

  #saw(generation: number): void {
    if (generation <= this.#generation) return;
    const isFirst = this.#generation === 0;
    this.#generation = generation;
    if (!isFirst) for (const listener of this.#listeners) listener(generation);
  }

  #moved(move: Omit<LineageMove, 'generation'>): void {
    this.#options.moved?.({ ...move, generation: this.#generation });
  }
}

type Area = LineageMove['area'];

interface GenerationSource {
  readonly readGeneration: () => Promise<number>;
}

interface Raise extends GenerationSource {
  readonly from: string;
  readonly to: string;
}

type RoomLineage = Lineage & { readonly generation: number };

const NAME = 'plexus generation';

async function readRooms(connection: PostgresConnection): Promise<RoomLineage> {
  const [row] = await connection.run<RoomLineage>(READ_ROOMS);
  if (row === undefined) throw new StorageError('the deployment has not been created: run `plexus migrate`');
  return row;
}

async function readAccounts(connection: PostgresConnection): Promise<Lineage> {
  const [row] = await connection.run<Lineage>(READ_ACCOUNTS);
  if (row === undefined) throw new StorageError('the deployment has not been created: run `plexus migrate`');
  return row;
}

function clusterOf(lineage: string): string {
  return lineage.split('/', 1)[0] ?? '';
}

const FOUND = `pg_is_in_recovery() as is_standby, case when pg_is_in_recovery() then null else postgres_lineage() end as found`;
const READ_ROOMS: Statement = {
  name: 'read-room-lineage',
  text: `select generation, lineage as recorded, ${FOUND} from deployment`,
};
const READ_ACCOUNTS: Statement = {
  name: 'read-account-lineage',
  text: `select lineage as recorded, ${FOUND} from account_lineage`,
};
const STORE_LINEAGE: Readonly<Record<Area, Statement>> = {
  rooms: {
    name: 'move-room-lineage',
    text: 'select move_lineage($2, $1) as is_moved',
  },
  accounts: {
    name: 'move-account-lineage',
    text: 'select move_account_lineage($2, $1) as is_moved',
  },
};
