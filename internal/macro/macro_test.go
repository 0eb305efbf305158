package macro_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/macro"
)

func run() macro.Run {
	return macro.Run{
		Scheduled: time.Date(2026, 11, 30, 4, 5, 6, 0, time.FixedZone("CET", 3600)),
		Created:   time.Unix(26, 0), UID: "0b4b",
	}
}

// TestReplace replaces what KFP replaces, as KFP does.
func TestReplace(t *testing.T) {
	for text, want := range map[string]string{
		"":                                             "",
		"a [[ScheduledTime]] b":                        "a 20261130030506 b",
		"[[CurrentTime]] [[RunUUID]]":                  "19700101000026 0b4b",
		"[[ScheduledTime.2006-01-02]]":                 "2026-11-30",
		"[[CurrentTime.15-04-05]]":                     "00-00-26",
		"[[ScheduledTime]] [[ScheduledTime]]":          "20261130030506 20261130030506",
		"[[schedule.Jan]] [[now]] [[uuid]]":            "Nov 19700101000026 0b4b",
		"{{$.scheduledTime.strftime('%F %T')}}":        "2026-11-30 03:05:06",
		"{{$.currentTime.strftime('v1-%Y%%')}}":        "v1-1970%",
		"{{$.scheduledTime.strftime('%s')}}":           "1796007906",
		"{{$.currentTime.strftime('')}}":               "",
		"[[RunUUID.x]] [[Other]] [[ScheduledTime .x]]": "[[RunUUID.x]] [[Other]] [[ScheduledTime .x]]",
		"[[ScheduledTime]":                             "[[ScheduledTime]",
		"[[Index]]":                                    "[[Index]]", // it is refused before
	} {
		require.Equal(t, want, run().Replace(text), text)
	}
	for text, why := range map[string]string{
		"[[Index]]":                            "the macro [[Index]] is not supported: Argo does not count",
		"{{$.scheduledTime.strftime('%U')}}":   "the directive %U is not known",
		"{{$.scheduledTime.strftime('100%')}}": "its pattern ends with a %",
	} {
		_, err := macro.Find(text)
		require.ErrorContains(t, err, why)
	}
	all, err := macro.Find("[[RunUUID]] [[CurrentTime]] [[RunUUID]]")
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, "[[RunUUID]]", all[0].Text)
}

// FuzzReplace holds that JSON stays JSON, and that text without macros stays as it
// is.
func FuzzReplace(f *testing.F) {
	for _, seed := range []string{"[[ScheduledTime]]", "[[now.2006]] [[uuid]]", "{{$.currentTime.strftime('%Y %s')}}", `\"[[schedule.]]`, "[[now.[[uuid]]]]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := json.Marshal([]string{text})
		require.NoError(t, err)
		require.True(t, json.Valid([]byte(run().Replace(string(list)))), text)
		all, err := macro.Find(text)
		if err == nil && len(all) == 0 {
			require.Equal(t, text, run().Replace(text))
		}
	})
}
