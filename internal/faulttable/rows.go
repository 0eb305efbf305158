package faulttable

import "slices"

// Fault is what breaks, in words.
type Fault string

// What breaks in the store and on the way to it.
const (
	StoreAway          Fault = "the store takes no connections for 20 seconds"
	StoreBusy          Fault = "the store answers a third of all requests with 503"
	StoreErrors        Fault = "requests of every kind fail three times: 429, 500, 502, 503, closed or reset connections"
	StoreRefuses       Fault = "the store refuses for good"
	StoreSlow          Fault = "each answer of the store takes a second"
	StoreSilent        Fault = "the network stands still in the middle of what it moves"
	DownloadCut        Fault = "a download breaks off"
	DownloadDocument   Fault = "a download brings a document about an error, with the status 200"
	CompletionDocument Fault = "the end of an upload is answered by a document about an error, with the status 200"
	CompletionLost     Fault = "the answer to the end of an upload is lost"
	ByteChanged        Fault = "a byte changes on its way"
	ObjectReplaced     Fault = "an object is replaced while it is fetched"
)

// What breaks in a pod.
const (
	PodDeleted     Fault = "the pod is deleted"
	PodEvicted     Fault = "the pod is evicted"
	PodKilled      Fault = "the pod is killed, and nobody in it is told"
	TaskCancelled  Fault = "the task is asked to end"
	ProgramSignal  Fault = "the program ends by a signal"
	ProgramForks   Fault = "the program leaves others running"
	ProgramRemoves Fault = "the program removes what it was given"
	ProgramWrites  Fault = "the program writes 30 MB to its log"
	ProgramStays   Fault = "the program does not end when its time is over"
	OutOfMemory    Fault = "a container needs more memory than it may have"
	VolumeFull     Fault = "the volume in which the pod works is full"
)

// What breaks around the pods.
const (
	KubeletRestarts    Fault = "the node's kubelet restarts"
	ControllerRestarts Fault = "Argo's controller restarts"
	ControllerHangs    Fault = "Argo's controller does nothing for a while"
	APIServerHangs     Fault = "the API server answers nobody for 20 seconds, or for a minute while the program runs"
	EtcdCompacted      Fault = "etcd forgets all versions but the newest"
	NodeRestarts       Fault = "the node restarts"
	ClockJumps         Fault = "the node's clock jumps"
	EngineKilled       Fault = "what runs pipelines on this machine is killed"
	TerminalClosed     Fault = "the terminal of a run on this machine is closed"
)

// The directories of tests.
const (
	e2e     = "hack/e2e"
	s3      = "runtime/store/s3"
	pod     = "runtime/pod"
	kubelet = "local/kubelet"
)

// Rows returns the table.
func Rows() []Row { return slices.Concat(ofStores(), ofMoves(), ofPods(), ofPrograms(), ofClusters()) }

// whole is what tests with a real store require of it at the end.
const whole = "the store has one file, whole, and no upload that is under way"

func ofStores() []Row {
	return []Row{
		{StoreAway, []Moment{Fetch, Store}, []Cell{
			{Moment: Fetch, Attempts: 1, Dir: s3, Test: "TestRefused"},
			{Moment: Store, Attempts: 1, Also: whole, Dir: e2e, Test: "TestStoreRefuses"},
		}},
		{StoreBusy, []Moment{Fetch, Store}, []Cell{
			{Moment: Fetch, Attempts: 1, Also: whole, Dir: e2e, Test: "TestStoreOverloaded"},
			{Moment: Store, Attempts: 1, Also: whole, Dir: e2e, Test: "TestStoreOverloaded"},
		}},
		{StoreErrors, []Moment{Fetch, Store}, []Cell{
			{Moment: Fetch, Attempts: 1, Dir: s3, Test: "TestOutages"},
			{Moment: Store, Attempts: 1, Dir: s3, Test: "TestOutages"},
		}},
		{StoreRefuses, []Moment{Fetch, Store}, []Cell{
			{Moment: Fetch, Also: "it is not asked again, and no file is left", Dir: s3, Test: "TestFinalDownload"},
			{Moment: Store, Also: "it is not asked again, and has nothing of the upload", Dir: s3, Test: "TestFinal"},
		}},
		{StoreSlow, []Moment{Fetch, Store}, []Cell{
			{Moment: Fetch, Attempts: 1, Also: whole, Dir: e2e, Test: "TestStoreWrong"},
			{Moment: Store, Attempts: 1, Also: whole, Dir: e2e, Test: "TestStoreWrong"},
		}},
		{StoreSilent, []Moment{Fetch, Store}, []Cell{
			{Moment: Fetch, Attempts: 1, Dir: s3, Test: "TestSilence"},
			{Moment: Store, Attempts: 1, Dir: s3, Test: "TestSilence"},
		}},
	}
}

func ofMoves() []Row {
	return []Row{
		{DownloadCut, []Moment{Fetch}, []Cell{
			{Moment: Fetch, Attempts: 1, Also: whole, Dir: e2e, Test: "TestStoreWrong"},
		}},
		{DownloadDocument, []Moment{Fetch}, []Cell{
			{Moment: Fetch, Attempts: 1, Also: whole, Dir: e2e, Test: "TestStoreWrong"},
		}},
		{CompletionDocument, []Moment{Store}, []Cell{
			{Moment: Store, Attempts: 1, Also: whole, Dir: e2e, Test: "TestStoreWrong"},
		}},
		{CompletionLost, []Moment{Store}, []Cell{
			{Moment: Store, Attempts: 1, Dir: s3, Test: "TestLostAnswer"},
		}},
		{ByteChanged, []Moment{Fetch, Store}, []Cell{
			{Moment: Store, Attempts: 1, Dir: s3, Test: "TestChanged"},
		}},
		{ObjectReplaced, []Moment{Fetch}, []Cell{
			{Moment: Fetch, Message: "replaced", Also: "no file is left", Dir: s3, Test: "TestReplaced"},
		}},
	}
}

func ofPods() []Row {
	const again = whole + "; Argo may make the pod again as the same attempt"
	const hidden = "its outputs, record and log are those of the attempt that succeeded; no program could see the store's keys"
	return []Row{
		{PodDeleted, []Moment{Fetch, Run, Store}, []Cell{
			{Moment: Fetch, Attempts: 2, Also: again, Dir: e2e, Test: "TestPodDeleted"},
			{Moment: Run, Attempts: 2, Also: whole, Dir: e2e, Test: "TestPodDeleted"},
			{Moment: Store, Attempts: 2, Also: whole, Dir: e2e, Test: "TestPodDeleted"},
		}},
		{PodEvicted, []Moment{Fetch, Run, Store}, []Cell{
			{Moment: Fetch, Attempts: 2, Also: again, Dir: e2e, Test: "TestPodDeleted"},
			{Moment: Run, Attempts: 2, Also: whole, Dir: e2e, Test: "TestPodDeleted"},
			{Moment: Store, Attempts: 2, Also: whole, Dir: e2e, Test: "TestPodDeleted"},
		}},
		{PodKilled, []Moment{Fetch, Run, Store}, []Cell{
			{Moment: Fetch, Attempts: 2, Also: hidden, Dir: e2e, Test: "TestKilledBeforeProgram"},
			{Moment: Fetch, Attempts: 2, Also: "each pod has its own keys", Dir: pod, Test: "TestKilledBeforeProgram"},
			{Moment: Run, Attempts: 2, Also: again, Dir: e2e, Test: "TestPodDeleted"},
			{Moment: Store, Attempts: 2, Also: hidden, Dir: e2e, Test: "TestKilledBeforeLog"},
			{Moment: Store, Attempts: 2, Also: "one log is stored", Dir: pod, Test: "TestKilledBeforeLog"},
		}},
		{TaskCancelled, []Moment{Fetch, Run, Store}, []Cell{
			{Moment: Run, Also: "the program gets the signal, and its outputs are not recorded", Dir: pod, Test: "TestSignals"},
			{Moment: Store, Message: "context canceled", Also: "the store has no upload that is under way", Dir: s3, Test: "TestCancelledUpload"},
		}},
	}
}

func ofPrograms() []Row {
	return []Row{
		{ProgramSignal, []Moment{Run}, []Cell{
			{Moment: Run, Message: "the program was ended by signal 11 (segmentation fault)", Dir: e2e, Test: "TestMisbehave"},
		}},
		{ProgramForks, []Moment{Run}, []Cell{
			{Moment: Run, Attempts: 1, Also: "nobody waits for them", Dir: e2e, Test: "TestMisbehave"},
		}},
		{ProgramRemoves, []Moment{Run}, []Cell{
			{Moment: Run, Attempts: 1, Dir: e2e, Test: "TestMisbehave"},
		}},
		{ProgramWrites, []Moment{Run}, []Cell{
			{Moment: Run, Attempts: 1, Also: "the store has the beginning and the end of the log, 10 MiB", Dir: e2e, Test: "TestMisbehave"},
		}},
		{ProgramStays, []Moment{Run}, []Cell{
			{Moment: Run, Message: "DeadlineExceeded", Also: "it is asked first, and then killed with all that it has started", Dir: kubelet, Test: "TestProgramThatIgnoresSignals"},
		}},
		{OutOfMemory, []Moment{Fetch, Run, Store}, []Cell{
			{Moment: Fetch, Message: "the driver was killed before the program began", Dir: e2e, Test: "TestOutOfMemory"},
			{Moment: Run, Message: "OOMKilled", Also: "its outputs are not recorded", Dir: e2e, Test: "TestOutOfMemory"},
			{Moment: Store, Message: "OOMKilled", Also: "Argo's own container", Dir: e2e, Test: "TestOutOfMemory"},
		}},
		{VolumeFull, []Moment{Fetch, Run, Store}, []Cell{
			{Moment: Fetch, Message: "no space left on device", Dir: e2e, Test: "TestVolumeFull"},
			{Moment: Run, Message: "exit code 1", Also: "what the program has said is in its log", Dir: e2e, Test: "TestVolumeFull"},
			{Moment: Store, Message: "no space left on device", Dir: e2e, Test: "TestVolumeFull"},
			{Moment: Run, Also: "it fails as its program does; the next pod has the room again", Dir: kubelet, Test: "TestDiskFull"},
		}},
	}
}

func ofClusters() []Row {
	all := Moments()
	const mended = "the store shows one file, whole; where Argo waits for results that will not come, `watch` has it go on"
	return []Row{
		{KubeletRestarts, all, goesOn("TestRestarts", all...)},
		{ControllerRestarts, all, goesOn("TestRestarts", all...)},
		{ControllerHangs, all, append(goesOn("TestHangs", Fetch, Store, Between), Cell{
			Moment: Run, Attempts: 1, Message: "has ended, and Argo has not taken note of it: is its controller at work?",
			Also: "`run` says so until the controller goes on", Dir: e2e, Test: "TestControllerHangs",
		})},
		{APIServerHangs, all, goesOn("TestHangs", all...)},
		{EtcdCompacted, all, goesOn("TestHangs", all...)},
		{NodeRestarts, all, []Cell{
			{Moment: Fetch, Attempts: 2, Also: mended, Dir: e2e, Test: "TestNodeRestarts"},
			{Moment: Run, Attempts: 2, Also: mended, Dir: e2e, Test: "TestNodeRestarts"},
			{Moment: Store, Attempts: 2, Also: mended, Dir: e2e, Test: "TestNodeRestarts"},
		}},
		{ClockJumps, all, nil},
		{EngineKilled, all, []Cell{
			{Moment: Run, Also: "its programs end with it; the next command ends the run, and has what went before", Dir: e2e, Test: "TestEngineKilled"},
		}},
		{TerminalClosed, all, []Cell{
			{Moment: Run, Attempts: 1, Also: "`watch` shows the run to its end", Dir: e2e, Test: "TestTerminalClosed"},
		}},
	}
}

// goesOn returns the cells of an end-to-end test whose run goes on at each of some
// moments, with a whole store.
func goesOn(test string, moments ...Moment) []Cell {
	var cells []Cell
	for _, m := range moments {
		cells = append(cells, Cell{Moment: m, Attempts: 1, Also: whole, Dir: e2e, Test: test})
	}
	return cells
}
