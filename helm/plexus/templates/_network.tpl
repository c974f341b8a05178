{{/* Who may connect to a service: the outside to public ports, its callers to gRPC, Prometheus to metrics. */}}
{{- define "plexus.ingressRules" -}}
{{- $values := .root.Values.networkPolicy -}}
- ports: [{ port: metrics }]
  from: {{- toYaml $values.metricsFrom | nindent 4 }}
{{- if .facts.public }}
- ports: [{ port: http }]
  {{- with $values.publicFrom }}
  from: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- if and .facts.admin (or $values.adminFrom .root.Values.ingress.admin.enabled) }}
- ports: [{ port: admin }]
  {{- with default $values.publicFrom $values.adminFrom }}
  from: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- if .facts.grpc }}
- ports: [{ port: grpc }]
  from:
  {{- range $caller, $facts := .services }}
  {{- if has $.component ($facts.calls | default list) }}
    - podSelector:
        matchLabels: {{- include "plexus.selectorLabels" (dict "root" $.root "component" $caller) | nindent 10 }}
  {{- end }}
  {{- end }}
{{- end }}
{{- end }}

{{/* What a service may connect to: what it keeps its data in, the services that it asks, and what its facts say of the outside. */}}
{{- define "plexus.egressRules" -}}
{{- $values := .root.Values.networkPolicy -}}
{{ include "plexus.dnsRule" . }}
{{ include "plexus.backendRule" (dict "root" .root "backend" "postgres") }}
{{ include "plexus.backendRule" (dict "root" .root "backend" "kafka") }}
{{ include "plexus.backendRule" (dict "root" .root "backend" "redis") }}
{{- if (.root.Values.config.tracing | default dict).otlp_endpoint }}
{{ include "plexus.peersRule" $values.traces }}
{{- end }}
{{- with .facts.calls }}
- ports: [{ protocol: TCP, port: 7000 }]
  to:
  {{- range . }}
    - podSelector:
        matchLabels: {{- include "plexus.selectorLabels" (dict "root" $.root "component" .) | nindent 10 }}
  {{- end }}
{{- end }}
{{- if and .facts.mail (.root.Values.config.email | default dict).smtp_host }}
{{ include "plexus.peersRule" $values.mail }}
{{- end }}
{{- if .facts.internet }}
- to: {{- toYaml $values.internet | nindent 4 }}
{{- if eq .component "appservice-sender" }}
{{- with $values.appservicesTo }}
- to: {{- toYaml . | nindent 4 }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "plexus.dnsRule" -}}
- ports:
  {{- range .root.Values.networkPolicy.dnsPorts }}
    - { protocol: UDP, port: {{ . }} }
    - { protocol: TCP, port: {{ . }} }
  {{- end }}
  to: {{- toYaml .root.Values.networkPolicy.dnsTo | nindent 4 }}
{{- end }}

{{/* Of (dict "root" $ "backend" name): a trial's own pods, else where the values say that it is. */}}
{{- define "plexus.backendRule" -}}
{{- $trial := printf "trial-%s" .backend -}}
{{- $peers := get .root.Values.networkPolicy .backend -}}
{{- if index .root.Values $trial "enabled" -}}
{{- $labels := dict "app.kubernetes.io/name" $trial "app.kubernetes.io/instance" .root.Release.Name -}}
{{- $peers = dict "to" (list (dict "podSelector" (dict "matchLabels" $labels))) "ports" $peers.ports -}}
{{- end -}}
{{ include "plexus.peersRule" $peers }}
{{- end }}

{{- define "plexus.peersRule" -}}
- ports:
  {{- range .ports }}
    - { protocol: TCP, port: {{ . }} }
  {{- end }}
  to: {{- toYaml .to | nindent 4 }}
{{- end }}
