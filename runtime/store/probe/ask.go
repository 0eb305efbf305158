package probe

import (
	"context"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"
)

// ask asks for the root of an endpoint, once, and returns the time that the
// answer has. Any answer will do: who asks says not who they are.
func ask(ctx context.Context, endpoint string) (time.Time, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint, nil)
	if err != nil {
		return time.Time{}, err
	}
	transport, err := minio.DefaultTransport(request.URL.Scheme == "https")
	if err != nil {
		return time.Time{}, err
	}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return time.Time{}, err
	}
	defer response.Body.Close()
	date, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil {
		return time.Time{}, nil //nolint:nilerr // not every server says what time it has
	}
	return date, nil
}
