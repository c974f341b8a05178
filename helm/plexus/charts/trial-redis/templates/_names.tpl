{{- define "trial-redis.selectorLabels" -}}
app.kubernetes.io/name: trial-redis
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "trial-redis.labels" -}}
{{ include "trial-redis.selectorLabels" . }}
app.kubernetes.io/component: trial-redis
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
