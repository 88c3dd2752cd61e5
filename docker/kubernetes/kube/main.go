// Command kube is one program for a whole Kubernetes: `kube PROGRAM FLAG…` starts etcd, kubelet,
// kubectl and so on with upstream's own entry points. One file links what they share only once.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

var daemons = map[string]func() *cobra.Command{
	"apiserver":   apiserver.NewAPIServerCommand,
	"controllers": controllers.NewControllerManagerCommand,
	"scheduler":   func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kubelet":     func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
	"proxy":       proxy.NewProxyCommand,
}

func main() {
	if len(os.Args) < 2 {
		fail("usage: kube apiserver|controllers|etcd|kubectl|kubelet|proxy|scheduler FLAG…")
	}
	name := os.Args[1]
	os.Args = append([]string{name}, os.Args[2:]...)
	switch make, known := daemons[name]; {
	case known:
		os.Exit(cli.Run(make()))
	case name == "etcd":
		etcdmain.Main(os.Args)
	case name == "kubectl":
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			kubectlutil.CheckErr(err)
		}
	default:
		fail("kube: no program " + name)
	}
}

func fail(text string) {
	fmt.Fprintln(os.Stderr, text)
	os.Exit(64)
}
