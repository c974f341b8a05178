import type { PlexusConfig } from '@plexus/service-shell';
import type { Finding } from './finding.ts';
import { good, warning } from './finding.ts';

const SUBJECT = 'configuration';

/** What can be said of the configuration without asking anybody. That it could be loaded is known. */
export function checkConfiguration(config: PlexusConfig): readonly Finding[] {
  const found = [...dangers(config), ...omissions(config)];
  return found.length === 0 ? [good(SUBJECT, 'nothing in it is out of place')] : found;
}

function dangers({ laboratory, rate_limits: limits, registration, federation }: PlexusConfig): Finding[] {
  const found: Finding[] = [];
  if (laboratory.failpoints || laboratory.disabled_protections.length > 0) {
    found.push(warning(SUBJECT, 'settings of the laboratory are on', 'remove `laboratory`: it is for tests only'));
  }
  if (!limits.enabled) {
    found.push(warning(SUBJECT, 'there are no rate limits', 'set `rate_limits.enabled: true`'));
  }
  if (registration.enabled && !registration.requires_token && !registration.requires_email) {
    const advice = 'set `registration.requires_token` or `registration.requires_email`, or close the registration';
    found.push(warning(SUBJECT, 'anybody may register, without a token and without an email address', advice));
  }
  if (!federation.verify_certificates) {
    const advice =
      'set `federation.verify_certificates: true`, and name authorities of your own in `federation.custom_ca_list`';
    found.push(warning(SUBJECT, 'certificates of other servers are not checked', advice));
  }
  return found;
}

function omissions({ servers, metrics, email }: PlexusConfig): Finding[] {
  const found: Finding[] = [];
  const nameless = servers.filter(({ public_baseurl: baseUrl }) => baseUrl === undefined);
  if (nameless.length > 0) {
    const names = nameless.slice(0, 5).map(({ server_name: name }) => name);
    const advice =
      'set `public_baseurl`: without it `.well-known/matrix/client` cannot be served, and no mail has a link';
    found.push(warning(SUBJECT, `${nameless.length} servers have no public URL: ${names.join(', ')}`, advice));
  }
  if (metrics.listen === undefined) {
    found.push(
      warning(SUBJECT, 'metrics have no listener of their own', 'set `metrics.listen`, so that Prometheus can ask'),
    );
  }
  if (email.smtp_host === undefined) {
    found.push(
      warning(SUBJECT, 'there is no mail relay', 'set `email.smtp_host`, if users are to reset passwords by mail'),
    );
  }
  return found;
}
