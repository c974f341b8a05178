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
{{- if include "plexus.secretSources" . | fromYamlArray }}
- { name: secrets, mountPath: /run/secrets/plexus, readOnly: true }
{{- end }}
{{- range $name, $tls := include "plexus.tlsOf" . | fromYaml }}
- { name: tls-{{ $name }}, mountPath: /run/tls/plexus/{{ $name }}, readOnly: true }
{{- end }}
{{- end }}

{{/* The secrets that a pod gets: of the sections of plexus.yaml that it reads, and no others. Of (dict "root" $ "component" name "facts" facts). */}}
{{- define "plexus.secretSources" -}}
{{- $facts := .facts | default dict -}}
{{- $sections := list "database" -}}
{{- if ne .component "migrate" -}}
{{- $sections = concat $sections (list "topics" "cache") ($facts.secrets | default list) -}}
{{- end -}}
{{- range $setting, $ref := include "plexus.secrets" .root | fromYaml }}
{{- if has (splitList "." $setting | first) $sections }}
- secret: { name: {{ $ref.name }}, items: [{ key: {{ $ref.key }}, path: {{ $setting }} }] }
{{- end }}
{{- end }}
{{- if $facts.appservices }}
{{- range $index, $ref := .root.Values.appservices }}
- secret: { name: {{ $ref.name }}, items: [{ key: {{ $ref.key }}, path: appservice-{{ $index }}.yaml }] }
{{- end }}
{{- end }}
{{- end }}

{{/* The certificates that a pod gets: the migration those for Postgres alone. */}}
{{- define "plexus.tlsOf" -}}
{{- $own := dict -}}
{{- range $name, $tls := .root.Values.tls -}}
{{- if and $tls.secret (or (ne $.component "migrate") (eq $name "database")) -}}
{{- $_ := set $own $name $tls -}}
{{- end -}}
{{- end -}}
{{ toYaml $own }}
{{- end }}

{{- define "plexus.volumes" -}}
- name: config
  configMap: { name: {{ .configMap }} }
- name: tmp
  emptyDir: { sizeLimit: 64Mi }
{{- with include "plexus.secretSources" . | fromYamlArray }}
- name: secrets
  projected:
    defaultMode: 0440
    sources: {{- toYaml . | nindent 6 }}
{{- end }}
{{- range $name, $tls := include "plexus.tlsOf" . | fromYaml }}
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

{{/* The Secret of a service's certificate: one of its own, or the one that all share. */}}
{{- define "plexus.tlsSecret" -}}
{{ get (.tls.secretByService | default dict) .component | default .tls.secret }}
{{- end }}
