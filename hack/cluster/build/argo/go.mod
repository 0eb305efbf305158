module github.com/kfp2argo/kfp2argo/hack/cluster/build/argo

go 1.26

require github.com/argoproj/argo-workflows/v3 v3.7.14
