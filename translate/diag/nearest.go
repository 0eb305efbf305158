package diag

// Nearest returns the candidate that name was most likely meant to be, for a
// hint such as `did you mean "train"?`. It returns false where none is close:
// about one character in three may be wrong, missing, added or swapped with
// its neighbour. Of equally close candidates the first wins.
func Nearest(name string, candidates []string) (string, bool) {
	from := []rune(name)
	best, found := "", false
	limit := max(1, len(from)/3) + 1
	for _, c := range candidates {
		to := []rune(c)
		// The lengths alone bound the distance from below.
		if abs(len(to)-len(from)) >= limit {
			continue
		}
		if d := distance(from, to); d < limit && d < len(to) {
			best, found, limit = c, true, d
		}
	}
	return best, found
}

// distance is the number of edits that turn a into b, where swapping two
// neighbours is one edit (optimal string alignment).
func distance(a, b []rune) int {
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before, above, row = above, row, before
		row[0] = i + 1
		for j := range b {
			change := above[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}

// abs returns the magnitude of n.
func abs(n int) int { return max(n, -n) }
