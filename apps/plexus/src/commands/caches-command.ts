import { loadConfig, StartError, systemClock } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';
import type { Command } from 'commander';
import { adviseFactors } from '../caches/advise-factors.ts';
import { readCacheUse } from '../caches/cache-use.ts';
import { printAdvice } from '../caches/print-advice.ts';
import { readSamples } from '../caches/read-samples.ts';
import type { Sample } from '../caches/read-samples.ts';
import type { CommandContext, CommonOptions } from './command-context.ts';

interface AdviseOptions extends CommonOptions {
  readonly memory: string;
  readonly seconds: string;
}

const SCRAPE_MS = 10_000;

/** `plexus caches advise` */
export function addCachesCommands(program: Command, context: CommandContext): void {
  const caches = program.command('caches').description('Look at the caches of a running deployment.');
  caches
    .command('advise')
    .description('Propose cache factors by the hits that they gain per MiB.')
    .argument('[urls...]', 'the metrics of every process, as http://host:port/metrics; else of this machine')
    .option('--memory <MiB>', 'how much more memory all processes together may take', '256')
    .option('--seconds <n>', 'judge by what is looked up from now on, instead of since the processes began', '0')
    .action(async (urls: string[], _options: object, command: Command) => {
      const { config, memory, seconds } = command.optsWithGlobals<AdviseOptions>();
      const pages = urls.length > 0 ? urls : metricsUrls(loadConfig({ path: config }));
      const before = Number(seconds) > 0 ? await scrapeAll(pages) : [];
      await systemClock.delay(numberOf('--seconds', seconds) * 1000);
      const uses = readCacheUse(await scrapeAll(pages), before);
      printAdvice(adviseFactors(uses, numberOf('--memory', memory) * 1024 ** 2)).forEach(context.print);
    });
}

function numberOf(option: string, written: string): number {
  if (/^[0-9]+(\.[0-9]+)?$/.test(written)) return Number(written);
  throw new StartError(`${option} must be a number, not "${written}"`);
}

/** Where the process of this configuration shows its metrics. */
function metricsUrls({ listeners }: PlexusConfig): string[] {
  const listener = listeners.find(({ apis, tls }) => apis.includes('metrics') && tls === undefined);
  if (listener === undefined) throw new StartError('No listener shows metrics: give the URLs of the processes');
  return [`http://127.0.0.1:${listener.port}/metrics`];
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
    throw new StartError(`The metrics at ${url} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
