//go:build tools

// Package argo pins the version of Argo, whose programs are built inside its
// own module. The package it imports has no imports of its own, which keeps
// this module to one line.
package argo

import _ "github.com/argoproj/argo-workflows/v3/ui"
