// Renders a chart as `helm template` does and reads each manifest strictly as the Kubernetes type that it names.
// Reads a request as JSON from standard input and writes an answer as JSON to standard output; see ../support/render-chart.ts.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/releaseutil"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"
)

type request struct {
	Chart    string    `json:"chart"`
	Releases []release `json:"releases"`
}

type release struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	IsUpgrade bool   `json:"isUpgrade"`
	// Values are paths of values files; each goes before those that came earlier.
	Values []string `json:"values"`
}

type rendered struct {
	// Error says why nothing could be rendered; values that the schema refuses are one reason.
	Error     string     `json:"error,omitempty"`
	Manifests []manifest `json:"manifests"`
	Notes     string     `json:"notes"`
}

type manifest struct {
	Source string          `json:"source"`
	Object json.RawMessage `json:"object"`
	// Fault says why Kubernetes would not take it.
	Fault string `json:"fault,omitempty"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return fmt.Errorf("the request cannot be read: %w", err)
	}
	types, err := strictTypes()
	if err != nil {
		return err
	}
	answers := make([]rendered, 0, len(asked.Releases))
	for _, each := range asked.Releases {
		answer, err := render(asked.Chart, each, types)
		if err != nil {
			answer = rendered{Error: err.Error(), Manifests: []manifest{}}
		}
		answers = append(answers, answer)
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

// strictTypes knows every type of Kubernetes, of the Prometheus operator and of the Gateway API, and refuses fields that they do not have.
func strictTypes() (runtime.Decoder, error) {
	types := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, monitoring.AddToScheme, gateway.Install} {
		if err := add(types); err != nil {
			return nil, err
		}
	}
	return serializer.NewCodecFactory(types, serializer.EnableStrict).UniversalDeserializer(), nil
}

func render(path string, asked release, types runtime.Decoder) (rendered, error) {
	chart, err := loader.Load(path)
	if err != nil {
		return rendered{}, err
	}
	values, err := mergedValues(asked.Values)
	if err != nil {
		return rendered{}, err
	}
	if err := chartutil.ProcessDependenciesWithMerge(chart, values); err != nil {
		return rendered{}, err
	}
	options := chartutil.ReleaseOptions{
		Name: asked.Name, Namespace: asked.Namespace, Revision: 1, IsInstall: !asked.IsUpgrade, IsUpgrade: asked.IsUpgrade,
	}
	input, err := chartutil.ToRenderValues(chart, values, options, chartutil.DefaultCapabilities)
	if err != nil {
		return rendered{}, err
	}
	files, err := engine.Render(chart, input)
	if err != nil {
		return rendered{}, err
	}
	return readManifests(files, types)
}

func mergedValues(paths []string) (map[string]interface{}, error) {
	merged := map[string]interface{}{}
	for _, path := range paths {
		values, err := chartutil.ReadValuesFile(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		merged = chartutil.MergeTables(values, merged)
	}
	return merged, nil
}

func readManifests(files map[string]string, types runtime.Decoder) (rendered, error) {
	answer := rendered{Manifests: []manifest{}}
	paths := make([]string, 0, len(files))
	for path := range files {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	for _, path := range paths {
		if strings.HasSuffix(path, "NOTES.txt") {
			answer.Notes += files[path]
			continue
		}
		documents := releaseutil.SplitManifests(files[path])
		for _, key := range sortedKeys(documents) {
			read, err := readManifest(path, documents[key], types)
			if err != nil {
				return rendered{}, err
			}
			if string(read.Object) != "null" {
				answer.Manifests = append(answer.Manifests, read)
			}
		}
	}
	return answer, nil
}

func sortedKeys(documents map[string]string) []string {
	keys := make([]string, 0, len(documents))
	for key := range documents {
		keys = append(keys, key)
	}
	sort.Sort(releaseutil.BySplitManifestsOrder(keys))
	return keys
}

func readManifest(source string, text string, types runtime.Decoder) (manifest, error) {
	object, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return manifest{}, fmt.Errorf("%s is no YAML: %w", source, err)
	}
	read := manifest{Source: source, Object: object}
	if string(object) == "null" {
		return read, nil
	}
	if _, _, err := types.Decode([]byte(text), nil, nil); err != nil {
		read.Fault = err.Error()
	}
	return read, nil
}
