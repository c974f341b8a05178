{{/* What every pod of the image has in common. Of (dict "root" $ "component" name "configMap" name). */}}
{{- define "plexus.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "plexus.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "plexus.env" -}}
- { name: PLEXUS_CONFIG, value: /etc/plexus/plexus.yaml }
- name: POD_IP
  valueFrom: { fieldRef: { fieldPath: status.podIP } }
{{- end }}

{{- define "plexus.volumeMounts" -}}
- { name: config, mountPath: /etc/plexus, readOnly: true }
- { name: tmp, mountPath: /tmp }
{{- if or (include "plexus.secrets" .root | fromYaml) .root.Values.appservices }}
- { name: secrets, mountPath: /run/secrets/plexus, readOnly: true }
{{- end }}
{{- range $name, $tls := .root.Values.tls }}
{{- if $tls.secret }}
- { name: tls-{{ $name }}, mountPath: /run/tls/plexus/{{ $name }}, readOnly: true }
{{- end }}
{{- end }}
{{- end }}

{{- define "plexus.volumes" -}}
- name: config
  configMap: { name: {{ .configMap }} }
- name: tmp
  emptyDir: { sizeLimit: 64Mi }
{{- $secrets := include "plexus.secrets" .root | fromYaml }}
{{- if or $secrets .root.Values.appservices }}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
    {{- range $setting, $ref := $secrets }}
      - secret: { name: {{ $ref.name }}, items: [{ key: {{ $ref.key }}, path: {{ $setting }} }] }
    {{- end }}
    {{- range $index, $ref := .root.Values.appservices }}
      - secret: { name: {{ $ref.name }}, items: [{ key: {{ $ref.key }}, path: appservice-{{ $index }}.yaml }] }
    {{- end }}
{{- end }}
{{- range $name, $tls := .root.Values.tls }}
{{- if $tls.secret }}
- name: tls-{{ $name }}
  secret:
    secretName: {{ include "plexus.tlsSecret" (dict "tls" $tls "component" $.component) }}
    defaultMode: 0440
    items:
    {{- range $file := list "ca" "cert" "key" }}
    {{- with get $tls $file }}
      - { key: {{ . }}, path: {{ $file }}.pem }
    {{- end }}
    {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* The Secret of a service's certificate: one of its own, or the one that all share. */}}
{{- define "plexus.tlsSecret" -}}
{{ get (.tls.secretByService | default dict) .component | default .tls.secret }}
{{- end }}
