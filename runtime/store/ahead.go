package store

import "iter"

// ahead yields what seq yields, and goes on with it in the meantime, by at most
// n elements.
func ahead[K, V any](seq iter.Seq2[K, V], n int) iter.Seq2[K, V] {
	type element struct {
		k K
		v V
	}
	return func(yield func(K, V) bool) {
		elements, enough := make(chan element, n), make(chan struct{})
		go func() {
			defer close(elements)
			for k, v := range seq {
				select {
				case elements <- element{k, v}:
				case <-enough:
					return
				}
			}
		}()
		// What seq uses is the caller's again when this returns.
		defer func() {
			close(enough)
			for range elements {
			}
		}()
		for e := range elements {
			if !yield(e.k, e.v) {
				return
			}
		}
	}
}
