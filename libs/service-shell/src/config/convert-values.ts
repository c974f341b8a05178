import type { ConfigProblem } from './config-error.ts';
import { readSecret } from './read-secrets.ts';
import type { Setting, Settings } from './setting.ts';

const millisecondsPer: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const bytesPer: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

type Report = (problem: ConfigProblem) => void;

/** Turns a checked value into what the program works with: durations, sizes, secrets; everything else is kept. */
export function convertValue(setting: Setting<unknown>, value: unknown, report: Report): unknown {
  if (setting.kind === 'scalar') return String(value);
  if (setting.kind === 'duration') return measure(String(value), millisecondsPer);
  if (setting.kind === 'size') return measure(String(value), bytesPer);
  if (setting.kind === 'list') return convertList(setting.item, value, report);
  if (setting.kind === 'map') return convertMap(setting.item, value, report);
  if (setting.kind === 'group') return convertGroup(setting.members ?? {}, value, report);
  return value;
}

function measure(written: string, units: Readonly<Record<string, number>>): number {
  const [, amount = '0', unit = ''] = /^([0-9]+)([A-Za-z]*)$/.exec(written) ?? [];
  return Number(amount) * (units[unit] ?? 1);
}

function convertList(item: Setting<unknown> | undefined, value: unknown, report: Report): unknown {
  if (item === undefined || !Array.isArray(value)) return value;
  return value.map((element, index) => convertValue(item, element, within(`[${index}]`, report)));
}

function convertMap(item: Setting<unknown> | undefined, value: unknown, report: Report): unknown {
  if (item === undefined) return value;
  const entries = Object.entries(value as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, one]) => [name, convertValue(item, one, within(name, report))]));
}

function convertGroup(members: Settings, value: unknown, report: Report): unknown {
  const group = value as Record<string, unknown>;
  const converted: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(members)) {
    const result =
      member.kind === 'secret'
        ? readSecret(group, name, report)
        : group[name] === undefined
          ? undefined
          : convertValue(member, group[name], within(name, report));
    if (result !== undefined) converted[name] = result;
  }
  return converted;
}

function within(prefix: string, report: Report): Report {
  return (problem) => {
    const separator = problem.path === '' || problem.path.startsWith('[') ? '' : '.';
    report({ ...problem, path: `${prefix}${separator}${problem.path}` });
  };
}
