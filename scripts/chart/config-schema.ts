import type { JsonSchema } from '../../libs/service-shell/src/config/setting.ts';

/** What the chart decides itself, by the path of the setting: an operator who wrote it would be overruled without a word. */
const ofTheChart: ReadonlySet<string> = new Set([
  'data_dir',
  'listeners',
  'metrics.listen',
  'shutdown',
  'laboratory',
  'database.embedded',
  'database.migrate_on_start',
  'topics.adapter',
  'cache.adapter',
  'rpc.adapter',
  'rpc.grpc.bind_address',
  'rpc.grpc.port',
  'rpc.grpc.advertised_host',
]);

/** The schema of `config` in the chart's values: plexus.yaml without what the chart decides, and without secrets in plain text. */
export function configSchema(plexus: JsonSchema): JsonSchema {
  return restrict(plexus, '');
}

/** Secrets that `secrets` may name: those of plexus.yaml that are in no list, by the path of the setting. */
export function secretSettings({ properties = {} }: JsonSchema, prefix = ''): string[] {
  return Object.entries(properties).flatMap(([name, member]) => {
    const path = `${prefix}${name}`;
    if (ofTheChart.has(path)) return [];
    return member.writeOnly === true ? [path] : secretSettings(member, `${path}.`);
  });
}

function restrict(schema: JsonSchema, prefix: string): JsonSchema {
  const { default: _default, 'x-form': _form, required = [], properties, items, ...kept } = schema;
  const members = Object.entries(properties ?? {}).filter(
    ([name, { writeOnly }]) => writeOnly !== true && !ofTheChart.has(`${prefix}${name}`),
  );
  const names = new Set(members.map(([name]) => name));
  const stillRequired = required.filter((name) => names.has(name));
  return {
    ...kept,
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        members.map(([name, member]) => [name, restrict(member, prefix === LISTS ? LISTS : `${prefix}${name}.`)]),
      ),
    }),
    ...(items !== undefined && { items: restrict(items, LISTS) }),
    ...(stillRequired.length > 0 && { required: stillRequired }),
  };
}

/** Stands for the path of what is in a list, of which the chart decides nothing. */
const LISTS = '[]';
