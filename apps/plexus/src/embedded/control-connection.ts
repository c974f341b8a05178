import { Client } from 'pg';
import { StartError } from '@plexus/service-shell';
import { databaseUrl } from './socket-folder.ts';

/** Any number, the same for all: the lock lives in one embedded Postgres only. */
const instanceLock = 7_025_417_833;

/**
 * One connection that a running instance keeps, holding a lock. The lock tells a Postgres that another instance uses from one whose
 * instance has died: it ends with the process that holds it, whatever ended that.
 */
export class ControlConnection {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** Connects and takes the lock. Throws StartError where another instance holds it. */
  static async open(socketFolder: string, dataFolder: string): Promise<ControlConnection> {
    const client = await connect(socketFolder);
    if (await takesLock(client)) return new ControlConnection(client);
    await client.end();
    throw new StartError(
      `Another Plexus is running on the data folder ${dataFolder}: stop it, or choose another data_dir.`,
    );
  }

  /** Whether an instance holds the lock. */
  static async isHeld(socketFolder: string): Promise<boolean> {
    const client = await connect(socketFolder);
    try {
      return !(await takesLock(client));
    } finally {
      await client.end();
    }
  }

  async createDatabase(name: string): Promise<void> {
    const { rowCount } = await this.#client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await this.#client.query(`CREATE DATABASE ${this.#client.escapeIdentifier(name)}`);
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}

async function connect(socketFolder: string): Promise<Client> {
  const client = new Client({
    connectionString: databaseUrl(socketFolder, 'postgres'),
    application_name: 'plexus supervisor',
    connectionTimeoutMillis: 5000,
  });
  // A lost connection is seen by the supervisor as the end of the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function takesLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [instanceLock]);
  return rows[0]?.locked === true;
}
