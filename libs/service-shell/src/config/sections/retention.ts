import { duration, flag, group, optional } from '../setting.ts';
import type { Configured } from '../setting.ts';

export const retention = group(
  'How long messages are kept. A room may ask for less by `m.room.retention`; a room that several hosted servers share keeps them as long as any of these does.',
  {
    enabled: flag('Whether messages expire at all.', { default: false }),
    default_policy: group('Of rooms that ask for nothing.', {
      max_lifetime: optional(duration('How long messages are kept; without it for ever.')),
    }),
    allowed_lifetime_min: optional(duration('Messages are kept at least so long, whatever a room asks for.')),
    allowed_lifetime_max: optional(duration('Messages are kept at most so long, whatever a room asks for.')),
    purge_interval: duration('Between two rounds over all rooms.', { default: '1h' }),
  },
);

export type RetentionSettings = Configured<typeof retention>;

/** The same for one hosted server, where it differs. */
export const retentionOverrides = group('How long messages are kept for this server; else as `retention` says.', {
  enabled: optional(flag('Whether messages expire at all.')),
  max_lifetime: optional(duration('How long messages are kept in rooms that ask for nothing.')),
});
