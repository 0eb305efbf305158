module github.com/kfp2argo/kfp2argo/hack/cluster/build/argo4

go 1.26

require github.com/argoproj/argo-workflows/v4 v4.0.5
