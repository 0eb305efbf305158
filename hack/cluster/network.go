package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// makeNetwork makes the bridge, gives it the gateway's address and lets pods
// reach the world through the host.
func makeNetwork(ctx context.Context) error {
	_, bits, _ := strings.Cut(podCIDR, "/")
	for _, line := range [][]string{
		{"ip", "link", "add", bridge, "type", "bridge"},
		{"ip", "address", "add", gateway + "/" + bits, "dev", bridge},
		{"ip", "link", "set", bridge, "up"},
		{"iptables", "-w", "-t", "nat", "-A", "POSTROUTING", "-s", podCIDR, "!", "-d", podCIDR,
			"-m", "comment", "--comment", network, "-j", "MASQUERADE"},
	} {
		if _, err := command(ctx, line[0], line[1:]...); err != nil {
			return fmt.Errorf("making the network: %w", err)
		}
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644); err != nil {
		return fmt.Errorf("making the network: %w", err)
	}
	return nil
}

// removeNetwork removes the bridge, the interfaces on it and every firewall
// rule of the cluster.
func removeNetwork(ctx context.Context) error {
	var failed []error
	ports, err := filepath.Glob(filepath.Join("/sys/class/net", bridge, "brif", "*"))
	if err != nil {
		return err
	}
	links := append(ports, filepath.Join("/sys/class/net", bridge))
	for _, link := range links {
		if _, err := os.Stat(link); err != nil {
			continue
		}
		_, err := command(ctx, "ip", "link", "delete", filepath.Base(link))
		// The other end of the interface may have gone with its pod meanwhile.
		if _, gone := os.Stat(link); err != nil && gone == nil {
			failed = append(failed, fmt.Errorf("removing the network: %w", err))
		}
	}
	for _, family := range []string{"iptables", "ip6tables"} {
		failed = append(failed, removeRules(ctx, family))
	}
	return errors.Join(failed...)
}

// removeRules removes the chains of kube-proxy and the kubelet, the jumps to
// them, and the rule of makeNetwork.
func removeRules(ctx context.Context, family string) error {
	saved, err := command(ctx, family+"-save")
	if err != nil {
		return fmt.Errorf("reading the firewall: %w", err)
	}
	undo := undoRules(saved)
	if undo == "" {
		return nil
	}
	if _, err := commandInput(ctx, undo, family+"-restore", "-w", "--noflush"); err != nil {
		return fmt.Errorf("cleaning the firewall: %w", err)
	}
	return nil
}

// undoRules turns the output of iptables-save into the input of
// iptables-restore --noflush that removes what belongs to the cluster, or to
// nothing if nothing does:
//
//	:KUBE-X - [0:0]              -F KUBE-X, -X KUBE-X
//	-A INPUT … -j KUBE-X         -D INPUT … -j KUBE-X
//	-A X … --comment kfp2argo …  -D X … --comment kfp2argo …
func undoRules(saved string) string {
	var undo, rules, flushes, deletes strings.Builder
	found := false
	for line := range strings.Lines(saved) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "*"):
			fmt.Fprintln(&undo, line)
		case strings.HasPrefix(line, ":KUBE-"):
			chain, _, _ := strings.Cut(line[1:], " ")
			fmt.Fprintln(&flushes, "-F", chain)
			fmt.Fprintln(&deletes, "-X", chain)
		case strings.HasPrefix(line, "-A KUBE-"):
			// Its chain is flushed.
		case strings.Contains(line, " -j KUBE-"), strings.Contains(line, "--comment "+network+" "):
			fmt.Fprintln(&rules, "-D"+strings.TrimPrefix(line, "-A"))
		case line == "COMMIT":
			found = found || rules.Len()+flushes.Len() > 0
			undo.WriteString(rules.String() + flushes.String() + deletes.String() + "COMMIT\n")
			rules.Reset()
			flushes.Reset()
			deletes.Reset()
		}
	}
	if !found {
		return ""
	}
	return undo.String()
}

// foreignNode returns an error if the machine is a node of another Kubernetes
// cluster, whose firewall rules this one would fight with. It is meaningful
// when no cluster of ours is up.
func foreignNode(ctx context.Context) error {
	saved, err := command(ctx, "iptables-save", "-t", "nat")
	if err != nil {
		return fmt.Errorf("reading the firewall: %w", err)
	}
	if strings.Contains(saved, ":KUBE-SERVICES ") {
		return errors.New("this machine is a node of another Kubernetes cluster already (the firewall has a chain KUBE-SERVICES)")
	}
	return nil
}
