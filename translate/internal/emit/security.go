package emit

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/translate/internal/plan"
)

// ordinaryUser is the user that restricted pods run as, unless another is chosen, and
// the group of their volumes. Any but root would do: everything that the pods write to
// is open to all users.
const ordinaryUser int64 = 1000

// podSecurityContext holds for all containers of a pod, Argo's own too. Where
// pods mount volumes, these belong to a group that an ordinary user is in.
func (e emitter) podSecurityContext() *corev1.PodSecurityContext {
	level := e.options.PodSecurity
	if level == Off {
		if user := e.user(); user > 0 {
			return &corev1.PodSecurityContext{RunAsUser: ptr(int64(user))}
		}
		return nil
	}
	context := &corev1.PodSecurityContext{
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
	if level == Restricted {
		context.RunAsNonRoot = ptr(true)
	}
	if user := e.user(); user > 0 {
		context.RunAsUser = ptr(int64(user))
	}
	if level == Restricted && e.options.User != UserOfCluster && e.ownVolumes() {
		context.FSGroup = ptr(ordinaryUser)
	}
	return context
}

// user is the UID that programs run as, or not above zero where that is left to the
// image or to the cluster.
func (e emitter) user() User {
	if e.options.User == UserDefault && e.options.PodSecurity == Restricted {
		return User(ordinaryUser)
	}
	return e.options.User
}

// userSecurityContext holds for the user's program.
func userSecurityContext(level PodSecurity) *corev1.SecurityContext {
	if level == Off {
		return nil
	}
	context := &corev1.SecurityContext{
		AllowPrivilegeEscalation: ptr(false),
		Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}
	if level == Restricted {
		context.ReadOnlyRootFilesystem = ptr(true)
	}
	return context
}

// driverSecurityContext holds for the driver, which needs nothing at any level.
func driverSecurityContext(level PodSecurity) *corev1.SecurityContext {
	if level == Off {
		return nil
	}
	return userSecurityContext(Restricted)
}

// initSecurityContext holds for the pipeline's own init containers.
func initSecurityContext(level PodSecurity) *corev1.SecurityContext {
	if level == Off {
		return nil
	}
	return userSecurityContext(Baseline)
}

// ownSecurity is the security of a pod that runs no program of the user's but
// our image. Where the levels keep the image's user, programs are root as a rule,
// as KFP's are, and write to volumes that belong to root; then so does ours, unless
// somebody chose another user.
func (e emitter) ownSecurity(p *plan.Pod) *corev1.SecurityContext {
	if p.Image != "" || e.options.PodSecurity == Restricted || e.user() > 0 || e.options.User == UserOfCluster || (!p.Spec.Persistent && e.options.StoreVolume.Claim == "") {
		return nil
	}
	return &corev1.SecurityContext{RunAsUser: ptr(int64(0))}
}

// chosenSecurity is what the pipeline chooses for a program, to be merged with
// what holds for all. Who chooses root does not want the rule against it.
func chosenSecurity(chosen *corev1.SecurityContext, level PodSecurity) *corev1.SecurityContext {
	if chosen == nil {
		return nil
	}
	context := *chosen
	if level == Restricted && context.RunAsUser != nil && *context.RunAsUser == 0 {
		context.RunAsNonRoot = ptr(false)
	}
	if level == Off {
		context.Capabilities = &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}
	}
	return &context
}

func ptr[T any](v T) *T { return &v }
