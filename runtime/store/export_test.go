package store

import (
	"context"
	"time"
)

// SetWait sets what happens between a failed request and the next attempt.
func (s *Store) SetWait(wait func(context.Context, time.Duration) error) { s.requests.wait = wait }
