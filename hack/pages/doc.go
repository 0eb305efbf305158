// Package pages tests the pages of kfp2argo serve in a browser: Debian's chromium,
// driven by playwright-core. Its tests have the build tag browser; make pages
// installs what they need and runs them.
package pages
