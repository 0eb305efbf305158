package rest

import "github.com/kfp2argo/kfp2argo/translate"

// health is what the client's constructor asks for.
type health struct {
	MultiUser     bool   `json:"multi_user"`
	PipelineStore string `json:"pipeline_store"`
	TagName       string `json:"tag_name"`
	CommitSHA     string `json:"commit_sha"`
}

func getHealth(c *call) (any, error) {
	return health{MultiUser: c.api.MultiUser, PipelineStore: "kubernetes", TagName: translate.Version()}, nil
}
