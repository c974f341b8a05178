{{- define "trial-postgres.selectorLabels" -}}
app.kubernetes.io/name: trial-postgres
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "trial-postgres.labels" -}}
{{ include "trial-postgres.selectorLabels" . }}
app.kubernetes.io/component: trial-postgres
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
