package doctor

import (
	"context"
	"regexp"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// version reports Argo's version, which is that of the executor in a pod.
func (e *examiner) version(ctx context.Context, pods []corev1.Pod) {
	const check = "Argo's version"
	var image string
	for _, p := range pods {
		for _, c := range p.Spec.Containers {
			if c.Name == "wait" {
				image = c.Image
			}
		}
	}
	if _, _, ok := release(image); !ok {
		if controller := e.controllerImage(ctx); controller != "" {
			image = controller
		}
	}
	major, minor, ok := release(image)
	switch {
	case !ok && image == "":
	case !ok:
		e.warn(check, "unknown: its image is "+image, "make sure that it is 3.7 or 4.x")
	case major == 3 && minor == 7, major == 4:
		e.ok(check, image)
	case major < 4:
		e.warn(check, image, "update Argo to 3.7 or 4.x: outputs of earlier ones are read differently")
	default:
		e.warn(check, image, "kfp2argo has been tried with 3.7 and 4.x only")
	}
}

// controllerImage returns the image of Argo's controller, if one may look.
func (e *examiner) controllerImage(ctx context.Context) string {
	for _, namespace := range []string{metav1.NamespaceAll, "argo", e.namespace} {
		list, err := e.Kubernetes.AppsV1().Deployments(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app in (workflow-controller)"})
		if err != nil {
			continue
		}
		for _, d := range list.Items {
			for _, c := range d.Spec.Template.Spec.Containers {
				if _, _, ok := release(c.Image); ok {
					return c.Image
				}
			}
		}
	}
	return ""
}

// release reads the version in the tag of an image.
func release(image string) (major, minor int, ok bool) {
	found := regexp.MustCompile(`:v?(\d+)\.(\d+)(\.[^/@]*)?(@.*)?$`).FindStringSubmatch(image)
	if found == nil {
		return 0, 0, false
	}
	major, errMajor := strconv.Atoi(found[1])
	minor, errMinor := strconv.Atoi(found[2])
	return major, minor, errMajor == nil && errMinor == nil
}
