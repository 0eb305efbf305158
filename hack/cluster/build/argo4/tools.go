//go:build tools

// Package argo4 pins the version of Argo 4, whose programs are built inside its
// own module. The package it imports has no imports of its own, which keeps
// this module to one line.
package argo4

import _ "github.com/argoproj/argo-workflows/v4/ui"
