# What one does here, each a word. `make` alone lists them.

GO      ?= go
CLUSTER  = cd hack/cluster && $(GO) run .
BUILD    = CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w'
MODULES  = . local hack/cluster hack/images translate/internal/oracle hack/release hack/testimage hack/tools

.DEFAULT_GOAL := help
.PHONY: help build try test pages local podman limits lint vulnerabilities golden fuzz e2e cluster cluster-down images push release release-dry demo bench bench-local bench-scale bench-server tidy stat

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/kfp2argo, what runs pipelines on this machine, and the pods' program, and print its size
	$(BUILD) -o bin/ ./cmd/kfp2argo ./cmd/kfp2argo-pod
	@[ -x bin/kfp2argo-local ] || echo "Compiling Argo's controller takes some minutes the first time."
	cd local && $(BUILD) -o ../bin/ ./cmd/kfp2argo-local ./cmd/kfp2argo-sandbox
	@ls -l bin/kfp2argo-pod | awk '{ printf "%s: %.1f MiB\n", $$9, $$5 / 1048576 }'

try: build ## run a pipeline here and now, without a cluster: PIPELINE=examples/hello.yaml, say
	bin/kfp2argo run --local $(or $(PIPELINE),examples/shell.yaml)

test: ## run all tests that need nothing but Go and Node
	$(GO) test ./...
	cd translate/internal/oracle && $(GO) test ./...
	cd local && $(GO) test ./...
	cd hack/images && $(GO) test ./...
	cd hack/release && $(GO) test ./...

lint: ## look for what the house style forbids
	hack/tools/lint

vulnerabilities: ## look for known vulnerabilities in what the programs call
	for module in . local; do (cd hack/tools && $(GO) tool govulncheck -C "$(CURDIR)/$$module" ./...) || exit; done

golden: ## write all goldens anew; then read the diff
	-$(GO) test ./... -update
	git diff --stat

fuzz: ## fuzz every parser for FUZZTIME each
	hack/fuzz $(FUZZTIME)
FUZZTIME ?= 30s

cluster: ## bring up Kubernetes, Argo and a store on this machine
	$(CLUSTER) up

cluster-down: ## remove the cluster without a trace
	$(CLUSTER) down

images: build ## build the image of the pods' program into bin/kfp2argo.tar, and that of the server into bin/server.tar
	cd hack/images && $(GO) run . --program ../../bin/kfp2argo-pod --tag $(or $(KFP2ARGO_IMAGE),kfp2argo/kfp2argo:dev) -o ../../bin/kfp2argo.tar
	cd hack/images && $(GO) run . --content server --program ../../bin/kfp2argo --tag $(or $(KFP2ARGO_SERVER_IMAGE),kfp2argo/server:dev) -o ../../bin/server.tar

push: ## build the image of the pods for amd64 and arm64 and push it: IMAGE=registry.example.com/kfp2argo:dev
	$(if $(IMAGE),,$(error give IMAGE=REGISTRY/NAME:TAG))
	for arch in amd64 arm64; do GOOS=linux GOARCH=$$arch $(BUILD) -o bin/pods/linux-$$arch/ ./cmd/kfp2argo-pod || exit; done
	cd hack/images && SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(GO) run . index --programs ../../bin/pods \
		--version $$(git describe --tags --always --dirty) --revision $$(git rev-parse HEAD) --push $(IMAGE)

release: ## make the release of a tagged commit in bin/release; IMAGE=REGISTRY/NAME pushes its images
	cd hack/release && $(GO) run . $(if $(IMAGE),--push $(IMAGE))

release-dry: ## try to make a release of what is there, in bin/release
	cd hack/release && $(GO) run . --snapshot

pages: ## look at the pages of kfp2argo serve in a browser: Debian's chromium, Node; PICTURES=FOLDER keeps pictures
	hack/pages/run

local: ## run pipelines on this machine, without a cluster: Linux, Python 3
	hack/e2e/local

podman: ## test containers of this machine with podman, which it installs as root
	hack/podman

limits: ## test limits of CPU and memory in a virtual machine: QEMU and Debian's kernel, which it installs as root
	hack/limits

e2e: ## run pipelines on a real Argo: on hack/cluster, with Argo 4 if ARGO=4, or where KUBECONFIG says
	KFP2ARGO_ARGO_MAJOR=$(ARGO) hack/e2e/run -v

demo: ## run a pipeline on a real Argo, from nothing: PIPELINE=examples/artifacts.yaml, say
	hack/demo/run $(PIPELINE)

bench: ## measure how fast pipelines translate, and what the pods cost against rclone: docs/benchmarks.md
	$(GO) test -run '^$$' -bench . -benchmem ./translate
	$(GO) test -run '^$$' -bench Pods -benchtime 1x -timeout 2h ./hack/bench -args -o $(CURDIR)/docs/benchmarks.md

bench-local: images ## measure runs on this machine against hack/cluster, or that of KUBECONFIG, as a part of docs/benchmarks.md
	if [ -z "$$KUBECONFIG" ]; then \
		$(CLUSTER) up && $(GO) run . load ../../bin/kfp2argo.tar && eval "$$($(GO) run . env)" && cd ../.. || exit; \
	fi; $(GO) run ./hack/bench/engines -o docs/benchmarks.md

bench-scale: ## measure large runs on hack/cluster, or that of KUBECONFIG, as a part of docs/benchmarks.md: ROWS=loop-20,dag-20
	hack/bench/scale/run $(if $(ROWS),-rows $(ROWS)) -o docs/benchmarks.md

bench-server: build ## measure the server with RUNS runs (10000) on hack/cluster, or that of KUBECONFIG, as a part of docs/benchmarks.md
	[ -n "$$KUBECONFIG" ] || eval "$$($(CLUSTER) env)"; $(GO) run ./hack/bench/load --runs $(or $(RUNS),10000) -o docs/benchmarks.md

tidy: ## tidy go.mod and go.sum of all modules
	@for module in $(MODULES); do echo "$$module" && (cd $$module && $(GO) mod tidy) || exit; done

stat: ## print how large the code is, and how well the Workflows that it makes read
	@hack/stat
