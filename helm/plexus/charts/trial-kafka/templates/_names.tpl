{{- define "trial-kafka.selectorLabels" -}}
app.kubernetes.io/name: trial-kafka
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "trial-kafka.labels" -}}
{{ include "trial-kafka.selectorLabels" . }}
app.kubernetes.io/component: trial-kafka
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
