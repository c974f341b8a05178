{{/* What the services cannot start without: said before anything is installed, instead of by a job that fails for minutes. */}}
{{- define "plexus.requirements" -}}
{{- $secrets := include "plexus.secrets" . | fromYaml -}}
{{- $areas := and (hasKey $secrets "database.rooms_url") (hasKey $secrets "database.accounts_url") -}}
{{- if not (or (hasKey $secrets "database.url") $areas) -}}
{{- fail "where is your Postgres? Name the Secret with its URL in secrets (database.url, or database.rooms_url and database.accounts_url), or enable trial-postgres" -}}
{{- end -}}
{{- if not (or (dig "topics" "kafka" "brokers" list .Values.config) (index .Values "trial-kafka" "enabled")) -}}
{{- fail "where is your Kafka? Name its brokers in config.topics.kafka.brokers, or enable trial-kafka" -}}
{{- end -}}
{{- $redis := dig "cache" "redis" dict .Values.config -}}
{{- if not (or (hasKey $secrets "cache.redis.url") $redis.sentinel $redis.cluster) -}}
{{- fail "where is your Redis? Name the Secret with its URL in secrets (cache.redis.url), its Sentinels or its nodes in config.cache.redis, or enable trial-redis" -}}
{{- end -}}
{{- end }}
