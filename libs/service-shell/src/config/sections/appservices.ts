import { duration, group, list, text } from '../setting.ts';
import type { Configured } from '../setting.ts';

export const registrationFile = text('A YAML file, or a folder whose `.yaml` and `.yml` files are meant.');

export const appservices = group(
  'Application services: bridges and bots. More of them can be added while running, through the admin API.',
  {
    files: list(
      'Registration files of application services for all hosted servers. They are read again when they change, and what is no longer there is removed. `PLEXUS_APPSERVICES` adds files, separated by commas.',
      registrationFile,
      { default: [] },
    ),
    token_overlap: duration('How long a former `as_token` is still accepted after a file names another one.', {
      default: '5m',
    }),
  },
);

export type AppserviceConfig = Configured<typeof appservices>;
