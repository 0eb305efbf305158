package testimage

// Tags returns the names of the image: those that the test pipelines use, for
// a name costs nothing and makes one more pipeline run.
func Tags() []string {
	return []string{
		"python:3.11",
		"python:3.7",
		"python:3.8",
		"python:3.9",
		"python:3.10",
		"python:3.12",
		"python:3.13",
		"python:3.11-slim",
		"python:3.12-slim",
		"python:latest",
		"python:alpine3.9",
		"alpine:latest",
		"alpine:3.23",
		"busybox:latest",
		"busybox:1.36",
		"debian:bookworm",
		"library/bash:latest",
		"google/cloud-sdk:latest",
		"google/cloud-sdk:slim",
		"jetbrainsinfra/jq:latest",
		"kfp-image:latest",
		"gcr.io/image:latest",
		"gcr.io/my-image:latest",
		"gcr.io/ml-pipeline/google-cloud-pipeline-components:2.14.1",
		"gcr.io/ml-pipeline/google-cloud-pipeline-components:2.22.0",
		"public.ecr.aws/docker/library/python:3.12",
		"registry.access.redhat.com/ubi9/python-311:latest",
	}
}
