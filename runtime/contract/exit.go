package contract

// ExitCode is the exit code of the driver and the launcher. The launcher exits
// with the code of the user's program where that has one of its own.
type ExitCode int

// The exit codes, with the meanings that shells give them.
const (
	ExitOK ExitCode = 0
	// ExitFailure says that the driver or the launcher failed; [TerminationFile]
	// says why.
	ExitFailure ExitCode = 1
	// ExitUsage says that a program was called wrongly.
	ExitUsage ExitCode = 2
	// ExitCannotRun says that the user's program exists and cannot be run.
	ExitCannotRun ExitCode = 126
	// ExitNotFound says that the user's program does not exist.
	ExitNotFound ExitCode = 127
)

// ExitSignal returns the code for a program that a signal ended.
func ExitSignal(signal int) ExitCode { return ExitCode(128 + signal) }
