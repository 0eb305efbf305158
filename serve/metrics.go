package serve

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// metrics are what Prometheus is told.
type metrics struct {
	registry    *prometheus.Registry
	requests    *prometheus.CounterVec
	latency     *prometheus.HistogramVec
	translation prometheus.Histogram
}

func newMetrics(indexes map[string]*registry.Index) *metrics {
	buckets := []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kfp2argo_requests_total", Help: "Requests by call and status.",
		}, []string{"call", "status"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "kfp2argo_request_seconds", Help: "How long requests take, by call.", Buckets: buckets,
		}, []string{"call"}),
		translation: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "kfp2argo_translation_seconds", Help: "How long the translation of a pipeline takes.", Buckets: buckets,
		}),
	}
	m.registry.MustRegister(m.requests, m.latency, m.translation, states{indexes},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// observe counts a request.
func (m *metrics) observe(call string, status int, took time.Duration) {
	m.requests.WithLabelValues(call, strconv.Itoa(status)).Inc()
	m.latency.WithLabelValues(call).Observe(took.Seconds())
}

// states counts runs by their states when it is asked.
type states struct{ indexes map[string]*registry.Index }

func (states) description() *prometheus.Desc {
	return prometheus.NewDesc("kfp2argo_runs", "Runs in the cluster, by namespace and state.", []string{"namespace", "state"}, nil)
}

// Describe names the metric.
func (s states) Describe(out chan<- *prometheus.Desc) { out <- s.description() }

// Collect counts.
func (s states) Collect(out chan<- prometheus.Metric) {
	for namespace, index := range s.indexes {
		for state, count := range index.States() {
			out <- prometheus.MustNewConstMetric(s.description(), prometheus.GaugeValue, float64(count), namespace, string(state))
		}
	}
}
