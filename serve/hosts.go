package serve

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// hosts are the names under which a server without authentication may be
// addressed. A page of another site can make its own name lead here (DNS
// rebinding) and then counts as the same origin; but it cannot have another
// name, and no name is an address.
type hosts []string

// check refuses a request whose Host is a name that is not known.
func (h hosts) check(r *http.Request) error {
	name := r.Host
	if host, _, err := net.SplitHostPort(r.Host); err == nil {
		name = host
	}
	name = strings.ToLower(strings.Trim(strings.TrimSuffix(name, "."), "[]"))
	if _, err := netip.ParseAddr(name); err == nil {
		return nil
	}
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || slices.Contains(h, name) {
		return nil
	}
	return fmt.Errorf("this server does not go by the name %q; --allowed-host adds one", name)
}

// serviceHosts are the names of the Service in a namespace.
func serviceHosts(service, namespace string) hosts {
	return hosts{service, service + "." + namespace, service + "." + namespace + ".svc", service + "." + namespace + ".svc.cluster.local"}
}
