// Package levels says how much of a large tree is shown at once, for the pages and for
// pictures.
package levels

// Shown is how many levels are shown with what is inside of them, so that there are at
// most so many things in all: all of a level are shown or none, but the first always
// are. A tree without more levels is shown whole.
func Shown[T any](first []T, inside func(T) []T, most int) int {
	level, total := first, len(first)
	for shown := 0; ; shown++ {
		var next []T
		for _, one := range level {
			next = append(next, inside(one)...)
		}
		if total += len(next); len(next) == 0 || total > most {
			return shown
		}
		level = next
	}
}
