import { flag, group } from '../setting.ts';

export const presence = group('Whether users see who is online.', {
  enabled: flag('Every change of a user goes to all who share a room with them: large deployments turn it off.', {
    default: true,
  }),
});
