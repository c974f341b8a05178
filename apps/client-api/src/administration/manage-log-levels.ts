import { MatrixError } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { LogLevelRepository, SetLogLevel } from '@plexus/storage';

/** Whose log has a level: `plexus` is the process that has all services, and `all` stands for those that have no level of their own. */
const SERVICES = new Set([
  'all',
  'plexus',
  'client-api',
  'sync',
  'event-persister',
  'federation-ingress',
  'federation-sender',
  'appservice-sender',
  'notices',
  'consent',
]);

/** The levels that administrators set while services run. */
export class ManageLogLevels {
  readonly #levels: LogLevelRepository;
  readonly #clock: Clock;

  constructor(levels: LogLevelRepository, clock: Clock) {
    this.#levels = levels;
    this.#clock = clock;
  }

  /** Those that hold now. */
  list(): SetLogLevel[] {
    const now = this.#clock.now();
    return this.#levels.list().filter(({ expiresAt = Infinity }) => expiresAt > now);
  }

  async set(level: Parameters<LogLevelRepository['setLevel']>[0]): Promise<void> {
    requireService(level.service);
    await this.#levels.setLevel(level);
  }

  async remove(service: string): Promise<void> {
    requireService(service);
    if (await this.#levels.removeLevel(service)) return;
    throw new MatrixError('M_NOT_FOUND', 404, 'No level is set for this service');
  }
}

function requireService(service: string): void {
  if (!SERVICES.has(service)) throw new MatrixError('M_INVALID_PARAM', 400, 'There is no service of this name');
}
