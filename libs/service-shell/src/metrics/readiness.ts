/** Whether something that this process needs is there; it resolves to what is wrong, or to nothing. */
export type ReadinessCheck = () => Promise<string | undefined>;

export interface ReadinessReport {
  readonly ready: boolean;
  /** What is wrong, by the name of the check. */
  readonly problems: Readonly<Record<string, string>>;
}

const patience = 2000;

/** Whether this process can take work: it has started, every check passes, and it is not stopping. */
export class Readiness {
  readonly #checks = new Map<string, ReadinessCheck>();
  #phase: 'starting' | 'running' | 'draining' = 'starting';

  add(name: string, check: ReadinessCheck): void {
    this.#checks.set(name, check);
  }

  started(): void {
    if (this.#phase === 'starting') this.#phase = 'running';
  }

  draining(): void {
    this.#phase = 'draining';
  }

  async report(): Promise<ReadinessReport> {
    if (this.#phase !== 'running') return { ready: false, problems: { service: this.#phase } };
    const results = await Promise.all([...this.#checks].map(runCheck));
    const problems = Object.fromEntries(results.filter(([, problem]) => problem !== undefined));
    return { ready: Object.keys(problems).length === 0, problems: problems as Record<string, string> };
  }
}

async function runCheck([name, check]: [string, ReadinessCheck]): Promise<[string, string | undefined]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, patience, `no answer within ${patience} ms`);
  });
  try {
    return [name, await Promise.race([check(), late])];
  } catch (error) {
    return [name, error instanceof Error ? error.message : String(error)];
  } finally {
    clearTimeout(timer);
  }
}
