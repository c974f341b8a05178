{{- define "plexus.ingress" -}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ include "plexus.fullname" .root }}-{{ .suffix }}
  labels: {{- include "plexus.labels" . | nindent 4 }}
  {{- with .annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with .root.Values.ingress.className }}
  ingressClassName: {{ . }}
  {{- end }}
  {{- with .settings.tls }}
  tls: {{- toYaml . | nindent 4 }}
  {{- end }}
  rules:
  {{- range $host := default (list "") .settings.hosts }}
    - http:
        paths:
        {{- range $.paths }}
          - path: {{ .path }}
            pathType: {{ .pathType }}
            backend:
              service: { name: {{ include "plexus.fullname" $.root }}-{{ $.component }}, port: { name: {{ $.port }} } }
        {{- end }}
      {{- with $host }}
      host: {{ . | quote }}
      {{- end }}
  {{- end }}
{{- end }}
