{{- define "plexus.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "plexus.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "plexus.name" .) .Release.Name -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name (include "plexus.name" .) | trunc 40 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{/* What selects pods: never changed, as selectors cannot be. Of (dict "root" $ "component" name). */}}
{{- define "plexus.selectorLabels" -}}
app.kubernetes.io/name: {{ include "plexus.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "plexus.labels" -}}
{{ include "plexus.selectorLabels" . }}
app.kubernetes.io/version: {{ default .root.Chart.AppVersion .root.Values.image.tag | quote }}
app.kubernetes.io/part-of: {{ include "plexus.name" .root }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "plexus.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.Chart.AppVersion .tag }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Whether the tables are brought up to date before anything else. A trial's Postgres is there only after the release has been installed. */}}
{{- define "plexus.migratesFirst" -}}
{{- if not (index .Values "trial-postgres" "enabled") -}}
true
{{- end -}}
{{- end }}

{{/* What the job needs is there when it begins, and stays. */}}
{{- define "plexus.beforeMigration" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: '-10'
helm.sh/hook-delete-policy: before-hook-creation
{{- end }}

{{/* The services as a dictionary of facts: files/services.yaml. */}}
{{- define "plexus.services" -}}
{{ .Files.Get "files/services.yaml" }}
{{- end }}

{{/* What counts for a service: its own values over the defaults. Of (dict "root" $ "component" name). */}}
{{- define "plexus.settings" -}}
{{- $own := index .root.Values.services .component | default dict -}}
{{ mustMergeOverwrite (deepCopy .root.Values.defaults) (deepCopy $own) | toYaml }}
{{- end }}
