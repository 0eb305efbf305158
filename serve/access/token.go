package access

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Audience is that of the tokens that KFP's client finds in pods. The API server
// does not take them from others.
const Audience = "pipelines.kubeflow.org"

// audiences reads for whom a token was made, without believing it: who is
// handed the token finds out whether it is genuine.
func audiences(token string) []string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil
	}
	var claims struct {
		Audience json.RawMessage `json:"aud"`
	}
	if json.Unmarshal(text, &claims) != nil {
		return nil
	}
	var several []string
	if json.Unmarshal(claims.Audience, &several) == nil {
		return several
	}
	var one string
	if json.Unmarshal(claims.Audience, &one) != nil {
		return nil
	}
	return []string{one}
}

// review asks Kubernetes whose token this is, and acts as that user.
func (g *Gate) review(ctx context.Context, token string) (Caller, error) {
	user, known := g.reviews.get(token, time.Now())
	if !known {
		var err error
		if user, err = g.ask(ctx, token); err != nil {
			return Caller{}, err
		}
		g.reviews.put(token, user, time.Now())
	}
	config := rest.CopyConfig(g.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user.Username, Groups: user.Groups}
	if strings.HasPrefix(user.Username, serviceAccounts) {
		// The API server knows their groups, and to name them is one more right.
		config.Impersonate.Groups = nil
	}
	return Caller{Name: user.Username, Config: config}, nil
}

// serviceAccounts is how the names of service accounts begin, as users.
const serviceAccounts = "system:serviceaccount:"

func (g *Gate) ask(ctx context.Context, token string) (authenticationv1.UserInfo, error) {
	client, err := kubernetes.NewForConfig(g.Config)
	if err != nil {
		return authenticationv1.UserInfo{}, fmt.Errorf("connecting to the cluster: %w", err)
	}
	review := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token, Audiences: []string{Audience}}}
	answer, err := client.AuthenticationV1().TokenReviews().Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return authenticationv1.UserInfo{}, fmt.Errorf("asking whose token this is: %w", err)
	}
	if s := answer.Status; !s.Authenticated || s.User.Username == "" || !slices.Contains(s.Audiences, Audience) {
		return authenticationv1.UserInfo{}, apierrors.NewUnauthorized("the token is not valid, or no longer")
	}
	return answer.Status.User, nil
}

// reviews remembers for a short time whose tokens are whose: a client that waits
// for a run asks every few seconds.
type reviews struct {
	mu    sync.Mutex
	known map[[sha256.Size]byte]reviewed
}

type reviewed struct {
	user  authenticationv1.UserInfo
	until time.Time
}

// What is remembered, and for how long: so much longer does a token live that is
// taken back.
const (
	reviewTime = 10 * time.Second
	maxReviews = 10_000
)

func (r *reviews) get(token string, now time.Time) (authenticationv1.UserInfo, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found, ok := r.known[sha256.Sum256([]byte(token))]
	return found.user, ok && now.Before(found.until)
}

func (r *reviews) put(token string, user authenticationv1.UserInfo, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || len(r.known) >= maxReviews {
		r.known = map[[sha256.Size]byte]reviewed{}
	}
	r.known[sha256.Sum256([]byte(token))] = reviewed{user, now.Add(reviewTime)}
}
