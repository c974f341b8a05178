import { readdirSync, readFileSync } from 'node:fs';

export interface Usage {
  /** Processor time of all processes, in seconds. */
  readonly cpuSeconds: number;
  /** Proportional share of memory, in MiB: what processes share is counted once. */
  readonly memoryMiB: number;
}

/** Clock ticks per second, as Linux reports times on every platform that it runs on. */
const TICKS_PER_SECOND = 100;

/** What the processes and all their descendants, those that have ended included, have used so far. */
export function usageOf(roots: readonly number[]): Usage {
  const processes = readProcesses();
  const counted = descendantsOf(roots, processes);
  let ticks = 0;
  let kibibytes = 0;
  for (const pid of counted) {
    ticks += processes.get(pid)?.ticks ?? 0;
    kibibytes += proportionalMemory(pid);
  }
  return { cpuSeconds: ticks / TICKS_PER_SECOND, memoryMiB: kibibytes / 1024 };
}

interface RunningProcess {
  readonly parent: number;
  readonly ticks: number;
}

function readProcesses(): Map<number, RunningProcess> {
  const processes = new Map<number, RunningProcess>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? readIfThere(`/proc/${name}/stat`) : undefined;
    if (stat !== undefined) processes.set(pid, parseStat(stat));
  }
  return processes;
}

/** The command's name, which may hold anything, ends at the last parenthesis; the fields after it are numbered from 3. */
function parseStat(stat: string): RunningProcess {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return { parent: field(4), ticks: field(14) + field(15) + field(16) + field(17) };
}

function descendantsOf(roots: readonly number[], processes: Map<number, RunningProcess>): Set<number> {
  const found = new Set(roots);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const [pid, { parent }] of processes) if (found.has(parent)) found.add(pid);
  }
  return found;
}

function proportionalMemory(pid: number): number {
  const rollup = readIfThere(`/proc/${pid}/smaps_rollup`) ?? '';
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
}

/** Processes end between one look and the next. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return undefined;
    throw error;
  }
}
