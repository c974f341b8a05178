import type { Deployment } from '../../scripts/cluster/deployment.ts';
import type { OtlpReceiver } from './otlp-receiver.ts';

/** Nobody has it but those in whose stories it must not be written. */
export const PLANTED_PASSWORD = 'white-rabbit';
/** Tokens of users as they are made, those of application services of these tests, and the planted password. */
const SECRETS = new RegExp(`pl[xrlo]_[\\w-]{20,}|\\b(?:as|hs)-[\\w-]+?-secret|${PLANTED_PASSWORD}`, 'g');
const AROUND = 120;

const readUpTo = new Map<string, number>();

/**
 * Looks for secrets in what a deployment has written: the logs of all its processes since they were looked at last, the metrics that it has, the traces
 * that came. Gives where, with what is around each.
 */
export async function searchForSecrets({ services }: Deployment, traces: OtlpReceiver): Promise<string[]> {
  const found = traces.takeTexts().flatMap((text) => secretsIn('a trace', text));
  for (const service of services) {
    const key = `${service.name} at ${service.operationUrl}`;
    const after = readUpTo.get(key) ?? 0;
    const log = await service.readLog(after);
    readUpTo.set(key, after + log.length);
    found.push(...secretsIn(`the log of ${service.name}`, log.toString()));
    const metrics = await (await fetch(`${service.operationUrl}/metrics`)).text();
    found.push(...secretsIn(`the metrics of ${service.name}`, metrics));
  }
  return found;
}

export function secretsIn(where: string, text: string): string[] {
  return [...text.matchAll(SECRETS)].map(({ index }) => {
    return `${where}: ${text.slice(Math.max(0, index - AROUND), index + AROUND)}`;
  });
}
