{{/* plexus.yaml: what the values say, then what the chart itself decides, then the paths of secrets and certificates. */}}
{{- define "plexus.config" -}}
{{- $config := mustMergeOverwrite (deepCopy .Values.config) (include "plexus.ownConfig" . | fromYaml) -}}
{{- range $path := concat (include "plexus.secretPaths" . | fromYamlArray) (include "plexus.tlsPaths" . | fromYamlArray) -}}
{{- $node := $path.value -}}
{{- range $segment := splitList "." $path.setting | reverse -}}
{{- $node = dict $segment $node -}}
{{- end -}}
{{- $config = mustMergeOverwrite $config $node -}}
{{- end -}}
{{ toYaml $config }}
{{- end }}

{{- define "plexus.ownConfig" -}}
listeners:
  - port: 8008
    bind_addresses: [{{ .Values.bindAddress | quote }}]
    apis: [client, sync, federation, well_known, consent]
    trusted_proxies: {{ toJson .Values.trustedProxies }}
    max_body_bytes: {{ .Values.maxBodyBytes }}
  - port: 8009
    bind_addresses: [{{ .Values.bindAddress | quote }}]
    apis: [admin]
    trusted_proxies: {{ toJson .Values.trustedProxies }}
    max_body_bytes: {{ .Values.maxBodyBytes }}
metrics:
  listen: { bind_address: {{ .Values.bindAddress | quote }}, port: 9090 }
database:
  embedded: false
  migrate_on_start: false
topics:
  adapter: kafka
{{- if index .Values "trial-kafka" "enabled" }}
  kafka: { brokers: [{{ printf "%s-trial-kafka:9092" .Release.Name | quote }}], replication_factor: 1 }
{{- end }}
cache:
  adapter: redis
rpc:
  adapter: grpc
  grpc:
    bind_address: {{ .Values.bindAddress | quote }}
    port: 7000
    # By address: names are remembered for a while, and a pod that has been replaced would be asked in vain.
    advertised_host: ${POD_IP}
shutdown:
  unready_delay: {{ .Values.shutdown.unreadySeconds }}s
  deadline: {{ .Values.shutdown.drainSeconds }}s
{{- with include "plexus.registrations" . | fromYamlArray }}
appservices:
  files: {{ toJson . }}
{{- end }}
{{- end }}

{{/* Where the registration files lie: those that `config` names, then those of Secrets. */}}
{{- define "plexus.registrations" -}}
{{- $files := (.Values.config.appservices | default dict).files | default list -}}
{{- range $index, $registration := .Values.appservices -}}
{{- $files = append $files (printf "/run/secrets/plexus/appservice-%d.yaml" $index) -}}
{{- end -}}
{{ toYaml $files }}
{{- end }}

{{/* The Secrets of settings, those of a trial's backends included. */}}
{{- define "plexus.secrets" -}}
{{- $secrets := deepCopy .Values.secrets -}}
{{- if index .Values "trial-postgres" "enabled" -}}
{{- $_ := set $secrets "database.url" (dict "name" (printf "%s-trial-postgres" .Release.Name) "key" "url") -}}
{{- end -}}
{{- if index .Values "trial-redis" "enabled" -}}
{{- $_ := set $secrets "cache.redis.url" (dict "name" (printf "%s-trial-redis" .Release.Name) "key" "url") -}}
{{- end -}}
{{ toYaml $secrets }}
{{- end }}

{{- define "plexus.secretPaths" -}}
{{- range $setting, $ref := include "plexus.secrets" . | fromYaml }}
- { setting: {{ $setting }}_path, value: /run/secrets/plexus/{{ $setting }} }
{{- end }}
{{- end }}

{{- define "plexus.tlsPaths" -}}
{{- $places := dict "database" "database.tls" "kafka" "topics.kafka.tls" "redis" "cache.redis.tls" "rpc" "rpc.grpc.tls" -}}
{{- range $name, $tls := .Values.tls }}
{{- if $tls.secret }}
{{- $place := get $places $name }}
{{- range $file := list "ca" "cert" "key" }}
{{- if get $tls $file }}
- { setting: {{ $place }}.{{ $file }}, value: /run/tls/plexus/{{ $name }}/{{ $file }}.pem }
{{- end }}
{{- end }}
{{- with $tls.verify }}
- { setting: {{ $place }}.verify, value: {{ . }} }
{{- end }}
{{- with $tls.serverName }}
- { setting: {{ $place }}.server_name, value: {{ . }} }
{{- end }}
{{- with $tls.clientNames }}
- { setting: {{ $place }}.client_names, value: {{ toJson . }} }
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* What makes pods restart when it changes: the configuration but for what a running process takes over. */}}
{{- define "plexus.configChecksum" -}}
{{ omit (include "plexus.config" . | fromYaml) "caches" "event_cache_size" | toYaml | sha256sum }}
{{- end }}
