import { changeServerSettingsRequest, readBody } from '@plexus/matrix-api';
import { MatrixError, parseJson } from '@plexus/matrix-base';
import type { HostedServer, HostedServerSettings } from '@plexus/storage';
import { bodyOfServer, settingsOfBody } from './server-body.ts';

/** Settings out of JSON, as `PUT /_plexus/admin/v1/servers/{serverName}/settings` takes them. Throws `MatrixError` for what they cannot be. */
export function readWrittenSettings(text: string): HostedServerSettings {
  const parsed = parseJson(text);
  if (parsed.outcome !== 'ok') throw new MatrixError('M_NOT_JSON', 400, `The settings are not JSON: ${parsed.because}`);
  return settingsOfBody(readBody(changeServerSettingsRequest, parsed.value));
}

/** The settings as JSON that `readWrittenSettings` takes. */
export function writeSettings(server: HostedServer): string {
  return JSON.stringify(bodyOfServer(server).settings, undefined, 2);
}
