// Package pages tests the pages of kfp2argo serve in a browser: Debian's chromium,
// driven by playwright-core. Its tests have the build tags browser, for pages of a
// cluster that they make up, and live, for those of a real one; hack/pages/run installs
// what they need and runs them.
package pages
