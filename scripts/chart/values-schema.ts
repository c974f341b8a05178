import type { JsonSchema } from '../../libs/service-shell/src/config/setting.ts';
import { configSchema, secretSettings } from './config-schema.ts';

type Members = Readonly<Record<string, JsonSchema>>;

export interface ChartFacts {
  /** The schema of plexus.yaml. */
  readonly plexus: JsonSchema;
  /** Names of the services. */
  readonly services: readonly string[];
}

/** The schema of the chart's values, which refuses what no template reads. */
export function valuesSchema({ plexus, services }: ChartFacts): JsonSchema & { readonly $schema: string } {
  const service = only('A service.', serviceMembers);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...only('The values of the chart plexus.', {
      global: anything('Of Helm.'),
      image: only('The image of all services.', {
        repository: text('Its name, with the registry.'),
        tag: anyText('Its tag; the chart’s appVersion where it is empty.'),
        digest: { ...anyText('Its digest, which goes before the tag.'), pattern: '^$|^sha256:[0-9a-f]{64}$' },
        pullPolicy: oneOf('When it is pulled.', ['Always', 'IfNotPresent', 'Never']),
      }),
      imagePullSecrets: list('Secrets for pulling it.', anything('As in Kubernetes.')),
      nameOverride: anyText('Instead of the chart’s name.'),
      fullnameOverride: anyText('Instead of the release’s name and the chart’s.'),
      config: configSchema(plexus),
      secrets: {
        ...secretMembers(secretSettings(plexus)),
        description: 'Secrets by reference: settings of plexus.yaml, and where each one’s value is.',
      },
      tls: only('Certificates, from Secrets.', {
        database: clientTls,
        kafka: clientTls,
        redis: clientTls,
        rpc: only('Mutual TLS between the services.', {
          ...certificate,
          secretByService: {
            ...only(
              'Secrets of single services.',
              Object.fromEntries(services.map((name) => [name, text('The Secret.')])),
            ),
          },
          serverName: text('A name that the certificates of all services are for.'),
          clientNames: list('Names of which a caller’s certificate has one.', text('A name.')),
        }),
      }),
      appservices: list('Registration files of application services.', secretReference),
      trustedProxies: list('Networks of proxies whose X-Forwarded-For is believed.', text('A network.')),
      maxBodyBytes: { ...text('The longest request.'), pattern: '^[0-9]{1,9}[KMG]?$' },
      bindAddress: text('The address that pods listen on.'),
      ipFamilyPolicy: oneOf('Of the Services, as in Kubernetes.', [
        '',
        'SingleStack',
        'PreferDualStack',
        'RequireDualStack',
      ]),
      ipFamilies: list('Of the Services, as in Kubernetes.', oneOf('A family.', ['IPv4', 'IPv6'])),
      defaults: only('What counts for every service.', serviceMembers),
      services: only('Each service.', Object.fromEntries(services.map((name) => [name, service]))),
      shutdown: only('How a pod ends.', {
        unreadySeconds: count('How long it serves on while it is already unready.'),
        drainSeconds: count('How long it drains after that.', 1),
        graceSeconds: count('How much longer Kubernetes waits.', 1),
      }),
      migration: only('The job that brings the tables up to date.', {
        enabled: flag('Whether there is one.'),
        resources: anything('As in Kubernetes.'),
        activeDeadlineSeconds: count('How long it may take.', 1),
      }),
      ingress: only('The way in.', {
        enabled: flag('Whether there is one.'),
        className: anyText('The ingress controller.'),
        ...ingressMembers,
        serviceAnnotations: only(
          'Further annotations by service.',
          Object.fromEntries(services.map((name) => [name, annotations])),
        ),
        admin: only('The way to the admin API.', { enabled: flag('Whether there is one.'), ...ingressMembers }),
      }),
      gateway: only('The way in by the Gateway API, instead of an Ingress.', {
        enabled: flag('Whether there is one.'),
        parentRefs: list('The Gateways.', anything('As in the Gateway API.')),
        hostnames: list('Hosts; without any, all of the Gateway’s.', text('A host name.')),
        annotations,
      }),
      networkPolicy: only('Who may connect to whom.', {
        enabled: flag('Whether it is said at all.'),
        dnsPorts: ports,
        ...Object.fromEntries(peerLists.map((name) => [name, list('Peers.', anything('As in Kubernetes.'))])),
        ...Object.fromEntries(backends.map((name) => [name, backend])),
      }),
      metrics: only('What Prometheus and Grafana get.', {
        serviceMonitor: only('A ServiceMonitor of the Prometheus operator.', {
          enabled: flag('Whether there is one.'),
          labels: annotations,
          interval: { ...text('Between two scrapes.'), pattern: '^[0-9]+(ms|s|m)$' },
        }),
        rules: only('Alert rules.', {
          enabled: flag('Whether they are there.'),
          kind: oneOf('As what.', ['PrometheusRule', 'ConfigMap']),
          labels: annotations,
          runbooks: text('The start of each alert’s runbook_url: where the pages of docs/operating/runbooks are.'),
        }),
        dashboards: only('Dashboards for Grafana.', { enabled: flag('Whether they are there.'), labels: annotations }),
      }),
      'trial-postgres': trial(['image', 'storage', 'storageClassName']),
      'trial-kafka': trial(['image', 'storage', 'storageClassName']),
      'trial-redis': trial(['image']),
    }),
  };
}

const annotations: JsonSchema = {
  type: 'object',
  description: 'As in Kubernetes.',
  additionalProperties: { type: 'string' },
};

const ingressMembers: Members = {
  annotations,
  hosts: list('Hosts; without any, every host that comes in.', text('A host name, or one that begins with `*.`.')),
  tls: list('As in Kubernetes.', anything('As in Kubernetes.')),
};

const certificate: Members = {
  secret: anyText('The Secret; without it there is no TLS.'),
  ca: anyText('The key of the authorities’ certificates in it.'),
  cert: anyText('The key of the certificate in it.'),
  key: anyText('The key of the private key in it.'),
};

const clientTls = only('TLS to a server.', {
  ...certificate,
  verify: oneOf('What of its certificate is checked.', ['full', 'ca', 'none']),
  serverName: anyText('The name that its certificate is for, where it is not the one that is connected to.'),
});

const secretReference: JsonSchema = {
  ...only('A value in a Secret.', { name: text('The Secret.'), key: text('The key in it.') }),
  required: ['name', 'key'],
};

const ports = list('Ports.', { type: 'integer', description: 'A port.', minimum: 1, maximum: 65_535 });

const backend = only('Where a server is.', { to: list('Peers.', anything('As in Kubernetes.')), ports });

const backends = ['postgres', 'kafka', 'redis', 'traces', 'mail'];
const peerLists = ['publicFrom', 'adminFrom', 'metricsFrom', 'dnsTo', 'internet', 'appservicesTo'];
const schedulable = ['DoNotSchedule', 'ScheduleAnyway'];

const serviceMembers: Members = {
  replicas: count('How many pods, where it is not scaled automatically.', 1),
  maxSurge: { type: ['string', 'integer'], description: 'How many more there may be during a rollout.' },
  resources: anything('As in Kubernetes.'),
  autoscaling: only('Scaling by load.', {
    enabled: flag('Whether it is scaled.'),
    minReplicas: count('The fewest pods.', 1),
    maxReplicas: count('The most pods.', 1),
    cpu: count('The processor time aimed at, in percent of what is requested; 0 leaves it out.'),
    lag: only('A metric of the pods that is followed too.', {
      metric: text('Its name.'),
      averageValue: { type: ['string', 'integer'], description: 'What is aimed at, per pod.' },
    }),
  }),
  pdb: only('How many pods may be taken away at once.', {
    enabled: flag('Whether that is limited.'),
    maxUnavailable: { type: ['string', 'integer'], description: 'How many.' },
  }),
  podAnnotations: annotations,
  podLabels: annotations,
  nodeSelector: annotations,
  tolerations: list('As in Kubernetes.', anything('As in Kubernetes.')),
  affinity: anything('As in Kubernetes.'),
  priorityClassName: anyText('As in Kubernetes.'),
  spread: only('Whether pods are spread strictly.', {
    zones: oneOf('Over zones.', schedulable),
    nodes: oneOf('Over nodes.', schedulable),
  }),
  env: list('Further variables.', anything('As in Kubernetes.')),
  volumes: list('Further volumes.', anything('As in Kubernetes.')),
  volumeMounts: list('Where they are.', anything('As in Kubernetes.')),
};

function trial(texts: readonly string[]): JsonSchema {
  return only('A server to try Plexus with.', {
    enabled: flag('Whether it is there.'),
    global: anything('Of Helm.'),
    resources: anything('As in Kubernetes.'),
    ...Object.fromEntries(texts.map((name) => [name, anyText('As in its values.')])),
  });
}

function secretMembers(settings: readonly string[]): JsonSchema {
  return only('', Object.fromEntries(settings.map((setting) => [setting, secretReference])));
}

function only(description: string, properties: Members): JsonSchema {
  return { type: 'object', description, properties, additionalProperties: false };
}

function anything(description: string): JsonSchema {
  return { type: 'object', description };
}

function list(description: string, items: JsonSchema): JsonSchema {
  return { type: 'array', description, items };
}

function text(description: string): JsonSchema {
  return { type: 'string', description, minLength: 1 };
}

function anyText(description: string): JsonSchema {
  return { type: 'string', description };
}

function flag(description: string): JsonSchema {
  return { type: 'boolean', description };
}

function count(description: string, minimum = 0): JsonSchema {
  return { type: 'integer', description, minimum };
}

function oneOf(description: string, values: readonly string[]): JsonSchema {
  return { type: 'string', description, enum: values };
}
