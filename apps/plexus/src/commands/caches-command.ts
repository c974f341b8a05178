import { StartError, systemClock, writeHostAndPort } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';
import type { Command } from 'commander';
import { adviseFactors } from '../caches/advise-factors.ts';
import { readCacheUse } from '../caches/cache-use.ts';
import { printAdvice } from '../caches/print-advice.ts';
import { readPrometheus } from '../caches/read-prometheus.ts';
import { readSamples } from '../caches/read-samples.ts';
import type { Sample } from '../caches/read-samples.ts';
import type { CommandContext, CommonOptions } from './command-context.ts';
import { loadCommandConfig } from './load-command-config.ts';
import { reasonOf } from './reason-of.ts';

interface AdviseOptions extends CommonOptions {
  readonly memory: string;
  readonly seconds: string;
  readonly prometheus?: string;
}

const SCRAPE_MS = 10_000;

/** `plexus caches advise` */
export function addCachesCommands(program: Command, context: CommandContext): void {
  const caches = program.command('caches').description('Look at the caches of a running deployment.');
  caches
    .command('advise')
    .description('Propose cache factors by the hits that they gain per MiB.')
    .argument('[urls...]', 'the metrics of every process, as http://host:port/metrics; else of this machine')
    .option('--prometheus <url>', 'ask this Prometheus server, which has the metrics of every process')
    .option('--memory <MiB>', 'how much more memory all processes together may take', '256')
    .option('--seconds <n>', 'judge by the look-ups of so long, instead of since the processes began', '0')
    .action(async (urls: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<AdviseOptions>();
      const memoryBytes = numberOf('--memory', options.memory) * 1024 ** 2;
      const { now, before } = await look(urls, options);
      printAdvice(adviseFactors(readCacheUse(now, before), memoryBytes)).forEach(context.print);
    });
}

interface Looks {
  readonly now: Sample[][];
  /** Nothing where all look-ups since the beginning count. */
  readonly before: Sample[][];
}

/** Prometheus knows what was; processes are looked at twice. */
async function look(urls: readonly string[], options: AdviseOptions): Promise<Looks> {
  const { seconds, prometheus } = options;
  const forSeconds = numberOf('--seconds', seconds);
  if (prometheus !== undefined) {
    const at = (secondsAgo: number): Promise<Sample[][]> => readPrometheus(prometheus, secondsAgo, systemClock.now());
    return { now: await at(0), before: forSeconds === 0 ? [] : await at(forSeconds) };
  }
  const pages = urls.length > 0 ? urls : metricsUrls(loadCommandConfig(options));
  const before = forSeconds === 0 ? [] : await scrapeAll(pages);
  await systemClock.delay(forSeconds * 1_000);
  return { now: await scrapeAll(pages), before };
}

function numberOf(option: string, written: string): number {
  if (/^[0-9]+(\.[0-9]+)?$/.test(written)) return Number(written);
  throw new StartError(`${option} must be a number, not "${written}"`);
}

/** What a process listens on, and nobody connects to. */
const EVERYWHERE = new Set(['0.0.0.0', '::']);

/** Where the process of this configuration shows its metrics. */
function metricsUrls({ listeners, metrics: { listen } }: PlexusConfig): string[] {
  const open = listeners.find(({ apis, tls }) => apis.includes('metrics') && tls === undefined);
  const port = listen?.port ?? open?.port;
  if (port === undefined) throw new StartError('No listener shows metrics: give the URLs of the processes');
  const bound = listen?.bind_address ?? open?.bind_addresses[0] ?? 'localhost';
  const host = EVERYWHERE.has(bound) ? 'localhost' : bound;
  return [`http://${writeHostAndPort({ host, port })}/metrics`];
}

function scrapeAll(urls: readonly string[]): Promise<Sample[][]> {
  return Promise.all(urls.map(scrape));
}

async function scrape(url: string): Promise<Sample[]> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(SCRAPE_MS) });
    if (!answer.ok) throw new Error(`it answers ${answer.status}`);
    return readSamples(await answer.text());
  } catch (error) {
    throw new StartError(`The metrics at ${url} cannot be read: ${reasonOf(error)}`);
  }
}
