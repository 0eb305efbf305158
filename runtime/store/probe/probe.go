// Package probe looks whether a store can do what runs ask of it, as
// `driver doctor` in a pod of the same shape as theirs.
//
// It uses the store as the driver and the launcher do, on objects of its own
// below the pipeline root that it removes, and says of each thing whether it
// works and, where not, what to do. It never prints a secret.
package probe

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/minio/minio-go/v7"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// Directory is the name below the pipeline root under which a probe has its
// objects.
const Directory = ".doctor"

// Options say what to look at.
type Options struct {
	// Root is the pipeline root, with its settings.
	Root string
	// Getenv is where the store looks for its settings, such as os.Getenv.
	Getenv func(string) string
	// Now is the clock of the machine.
	Now func() time.Time
	// Report is called with each finding, in order.
	Report func(contract.Finding)
}

// Run looks at the store and reports whether runs can work with it. What
// cannot work because of what was found before is not looked at.
func Run(ctx context.Context, options Options) bool {
	p := prober{Options: options}
	root, err := store.ParseRoot(options.Root)
	if err != nil {
		p.fail("store: root", err)
		return false
	}
	p.ok("store: root", root.URI().String())
	p.store = store.New(root, options.Getenv)
	if !p.facts(root.URI()) || !p.endpoint(ctx) {
		return false
	}
	place, err := root.URI().Join(Directory, uuid.NewString())
	if err != nil {
		panic(err) // neither name leads anywhere else
	}
	return p.objects(ctx, place) && !p.failed
}

// prober is a probe under way.
type prober struct {
	Options
	store  *store.Store
	known  store.Facts
	failed bool
}

func (p *prober) ok(check, found string) {
	p.Report(contract.Finding{Check: check, Status: contract.StatusOK, Found: found})
}

func (p *prober) warn(check, found, advice string) {
	p.Report(contract.Finding{Check: check, Status: contract.StatusWarning, Found: found, Advice: advice})
}

func (p *prober) fail(check string, err error) {
	p.failed = true
	p.Report(contract.Finding{Check: check, Status: contract.StatusFailure, Found: words(err), Advice: advice(err)})
}

// words is an error with the code of the store's answer, by which people find
// what others say of it.
func words(err error) string {
	var response minio.ErrorResponse
	if errors.As(err, &response) && response.Code != "" && !strings.Contains(err.Error(), response.Code) {
		return fmt.Sprintf("%v (%s)", err, response.Code)
	}
	return err.Error()
}

// facts looks at the settings and for credentials.
func (p *prober) facts(root store.URI) bool {
	const check = "store: credentials"
	known, err := p.store.Facts(root)
	p.known = known
	switch {
	case err != nil:
		p.fail(check, err)
		return false
	case known.Endpoint == "":
	case known.Credentials == "":
		p.warn(check, "none: requests are anonymous", "give --store-secret SECRET, or a --service-account that has a role for the bucket")
	default:
		p.ok(check, "from "+known.Credentials)
	}
	return true
}

// The bounds of what is asked of a store: what takes longer would keep a run.
const (
	answerTime = 15 * time.Second
	objectTime = 30 * time.Second
	partsTime  = 3 * time.Minute
)

// How far the clocks may be apart. S3 refuses requests that are 15 minutes old.
const (
	skewWarning = 2 * time.Minute
	skewFailure = 14 * time.Minute
)

// endpoint checks whether a server answers at the endpoint, and what time they
// have.
func (p *prober) endpoint(ctx context.Context) bool {
	if p.known.Endpoint == "" {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	date, err := ask(ctx, p.known.Endpoint)
	if err != nil {
		p.fail("store: endpoint", err)
		return false
	}
	p.ok("store: endpoint", p.known.Endpoint+" answers")
	p.clock(date)
	return true
}

func (p *prober) clock(date time.Time) {
	const check = "store: clock"
	if date.IsZero() {
		p.warn(check, "the store does not say what time it has", "nothing, unless requests are refused as too old")
		return
	}
	skew := p.Now().Sub(date)
	text := fmt.Sprintf("%v apart", skew.Abs().Round(time.Second))
	const fix = "set the clocks of the node and of the store by NTP: S3 refuses requests that are 15 minutes off"
	switch {
	case skew.Abs() > skewFailure:
		p.failed = true
		p.Report(contract.Finding{Check: check, Status: contract.StatusFailure, Found: text, Advice: fix})
	case skew.Abs() > skewWarning:
		p.warn(check, text, fix)
	default:
		p.ok(check, text)
	}
}
