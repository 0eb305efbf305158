package emit

import corev1 "k8s.io/api/core/v1"

// ordinaryUser is the user that restricted pods run as. Any but root would do:
// everything that the pods write to is open to all users.
const ordinaryUser int64 = 1000

// podSecurityContext holds for all containers of a pod, Argo's own too.
func podSecurityContext(level PodSecurity) *corev1.PodSecurityContext {
	if level == Off {
		return nil
	}
	context := &corev1.PodSecurityContext{
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
	if level == Restricted {
		context.RunAsNonRoot, context.RunAsUser = ptr(true), ptr(ordinaryUser)
	}
	return context
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

func ptr[T any](v T) *T { return &v }
