"""A Kubernetes of some nodes on this machine: each node is a set of namespaces with its own
container runtime (docker/kubernetes/node). It runs inside the container of scripts/kubernetes, as root."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "deploy/kubernetes/overlays"
NETWORK = "198.18.251"  # from the range for network tests (RFC 2544)
NAMESPACE = "arc"
CGROUPS = pathlib.Path("/sys/fs/cgroup")
VOLUMES_OF_A_NODE = 5
STORAGE = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {
        "name": "local",
        "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
    },
    "provisioner": "kubernetes.io/no-provisioner",
    "volumeBindingMode": "WaitForFirstConsumer",
}


def run(*argv, check=True, timeout=120, **options):
    result = subprocess.run(
        [str(one) for one in argv],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        **options,
    )
    assert not check or result.returncode == 0, f"{argv}: {result.stdout}{result.stderr}"
    return result


def wait_until(condition, what, seconds, pause=0.5):
    """The first true result. Fails with `what`, which may be a function that says more."""
    end = time.monotonic() + seconds
    while not (result := condition()):
        said = what() if callable(what) and time.monotonic() > end else what
        assert time.monotonic() < end, f"not within {seconds} s: {said}"
        time.sleep(pause)
    return result


class Node:
    def __init__(self, cluster, number):
        self.number, self.name = number, f"node-{number}"
        self.netns = f"arcnode{number}"
        self.directory = cluster.directory / str(number)
        self.cluster, self.process = cluster, None
        self.directory.mkdir(parents=True)

    def connect(self):
        """A cable from the switch to the node."""
        run("ip", "netns", "add", self.netns)
        run(
            "ip",
            "link",
            "add",
            "eth0",
            "netns",
            self.netns,
            "type",
            "veth",
            "peer",
            "name",
            self.port,
            "netns",
            "arcswitch",
        )
        run("ip", "-n", "arcswitch", "link", "set", self.port, "master", "switch0", "up")
        for device in ("lo", "eth0"):
            run("ip", "-n", self.netns, "link", "set", device, "up")
        run("ip", "-n", self.netns, "address", "add", f"{NETWORK}.{self.number}/24", "dev", "eth0")
        # The kubelet and kube-proxy need a default route, which leads nowhere.
        run("ip", "-n", self.netns, "route", "add", "default", "via", f"{NETWORK}.254")

    @property
    def port(self):
        return f"port{self.number}"

    def reach(self, other):
        """The route to the other node's pods."""
        run(
            "ip",
            "-n",
            self.netns,
            "route",
            "add",
            f"198.19.{other.number}.0/24",
            "via",
            f"{NETWORK}.{other.number}",
        )

    def start(self):
        for hierarchy in hierarchies():
            (hierarchy / self.cgroup).mkdir(exist_ok=True)
            for name in ("cpuset.cpus", "cpuset.mems"):
                if hierarchy.name == "cpuset":
                    (hierarchy / self.cgroup / name).write_text((hierarchy / name).read_text())
        (self.directory / "containerd.sock").unlink(missing_ok=True)
        argv = ["nsenter", f"--net=/run/netns/{self.netns}", "unshare", "--mount", "--uts", "--ipc"]
        argv += [
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            ROOT / "docker/kubernetes/node",
            self.number,
        ]
        with open(self.directory / "node.log", "ab") as log:
            self.process = subprocess.Popen(
                [str(one) for one in argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=os.environ | self.cluster.environment,
            )

    @property
    def cgroup(self):
        return f"arc-kubernetes-{self.number}"

    def load(self, images):
        socket = self.directory / "containerd.sock"
        wait_until(socket.exists, f"{self.name}: containerd", 30, 0.1)
        ctr = ("ctr", "-a", socket, "-n", "k8s.io", "images")
        for archive in images:
            wait_until(
                lambda: run(*ctr, "ls", check=False).returncode == 0, "containerd answers", 30
            )
            run(*ctr, "import", archive, timeout=300)
        for name, as_named in self.cluster.names.items():
            run(
                *ctr, "tag", "--force", f"docker.io/library/{name}", f"docker.io/library/{as_named}"
            )

    def kill(self):
        """As a power failure: all its processes end at once."""
        self.process.kill()
        self.process.wait()
        left = lambda: any(
            file.read_text()
            for path in hierarchies()
            for file in (path / self.cgroup).rglob("cgroup.procs")
        )
        wait_until(lambda: not left(), f"{self.name}: no process", 20, 0.1)

    def cut(self):
        run("ip", "-n", "arcswitch", "link", "set", self.port, "down")

    def mend(self):
        run("ip", "-n", "arcswitch", "link", "set", self.port, "up")


def hierarchies():
    """The control groups' hierarchies that have processes: several in version 1, one in 2."""
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS]
    return [
        path
        for path in CGROUPS.iterdir()
        if path.name != "unified" and (path / "cgroup.procs").exists()
    ]


class Cluster:
    def __init__(self, directory, programs, images, names, nodes=3):
        self.directory, self.programs = pathlib.Path(directory), pathlib.Path(programs)
        self.images, self.names, self.volumes = images, names, 0
        self.keys = self.directory / "keys"
        self.keys.mkdir(parents=True)
        self.environment = {
            "ARC_CLUSTER": str(self.directory),
            "ARC_CLUSTER_BIN": str(self.programs),
            "ARC_CLUSTER_NET": NETWORK,
        }
        self.nodes = [Node(self, number + 1) for number in range(nodes)]

    def start(self):
        self.make_keys()
        run("ip", "netns", "add", "arcswitch")
        run("ip", "-n", "arcswitch", "link", "add", "switch0", "type", "bridge")
        run("ip", "-n", "arcswitch", "link", "set", "switch0", "up")
        for node in self.nodes:
            node.connect()
        for node in self.nodes:
            for other in self.nodes:
                if node is not other:
                    node.reach(other)
            node.start()
        for node in self.nodes:
            node.load(self.images)
        wait_until(self.all_nodes_are_ready, self.node_logs, 120)
        self.create(STORAGE)

    def all_nodes_are_ready(self):
        said = self.kubectl("get", "nodes", "--no-headers", check=False).stdout.splitlines()
        return sum(line.split()[1] == "Ready" for line in said) == len(self.nodes)

    def node_logs(self):
        return "\n".join(
            f"--- {path}\n{path.read_text(errors='replace')[-1500:]}"
            for path in sorted(self.directory.glob("[0-9]/*.log"))
        )

    def make_keys(self):
        """An authority with the certificates that need one, and one token for everything else."""
        ca, token = self.keys / "ca", os.urandom(16).hex()
        new = ("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        run(
            *new,
            "-x509",
            "-keyout",
            f"{ca}.key",
            "-out",
            f"{ca}.crt",
            "-days",
            "3",
            "-subj",
            "/CN=test",
        )
        self.sign(
            new,
            "api",
            "/CN=kube-apiserver",
            f"subjectAltName=IP:{NETWORK}.1,IP:198.19.128.1,DNS:kubernetes.default.svc",
        )
        self.sign(
            new,
            "kubelet-client",
            "/O=system:masters/CN=kube-apiserver",
            "keyUsage=digitalSignature",
        )
        run("openssl", "genpkey", "-algorithm", "RSA", "-out", self.keys / "accounts.key")
        (self.keys / "tokens.csv").write_text(f'{token},admin,1,"system:masters"\n')
        (self.keys / "admin.conf").write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "test",
                    "clusters": [
                        {
                            "name": "test",
                            "cluster": {
                                "server": f"https://{NETWORK}.1:6443",
                                "certificate-authority": f"{ca}.crt",
                            },
                        }
                    ],
                    "users": [{"name": "test", "user": {"token": token}}],
                    "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
                }
            )
        )

    def sign(self, new, name, subject, extension):
        path = self.keys / name
        run(*new, "-keyout", f"{path}.key", "-out", f"{path}.csr", "-subj", subject)
        (self.keys / "extension").write_text(extension)
        sign = (
            "openssl",
            "x509",
            "-req",
            "-in",
            f"{path}.csr",
            "-CA",
            self.keys / "ca.crt",
            "-CAkey",
            self.keys / "ca.key",
        )
        run(
            *sign,
            "-CAcreateserial",
            "-days",
            "3",
            "-out",
            f"{path}.crt",
            "-extfile",
            self.keys / "extension",
        )

    def stop(self):
        for node in self.nodes:
            if node.process is not None:
                node.kill()
        # Also below the second version's mount beside the first one's hierarchies.
        for path in [CGROUPS, *CGROUPS.iterdir()]:
            for one in sorted(path.glob("arc-kubernetes-*/**/"), reverse=True):
                with contextlib.suppress(OSError):
                    one.rmdir()

    # What an operator does.

    def kubectl(self, *words, check=True, timeout=180, **options):
        entered = (
            "nsenter",
            f"--net=/run/netns/{self.nodes[0].netns}",
            self.programs / "kube",
            "kubectl",
        )
        return run(
            *entered,
            "--kubeconfig",
            self.keys / "admin.conf",
            *words,
            check=check,
            timeout=timeout,
            **options,
        )

    def get(self, *words):
        return json.loads(self.kubectl("-n", NAMESPACE, "get", *words, "-o", "json").stdout)

    def create(self, *objects):
        listed = {"apiVersion": "v1", "kind": "List", "items": objects}
        self.kubectl("apply", "-f", "-", input=json.dumps(listed))

    def apply(self, overlay):
        """The shipped files of that name, or a kustomization of one's own."""
        return self.kubectl("apply", "-k", SHIPPED / overlay)

    def with_streams(self, overlay, streams):
        """A kustomization on the shipped overlay that declares more streams, as docs/kubernetes.md
        describes it."""
        directory = self.directory / "own"
        directory.mkdir(exist_ok=True)
        shipped = (SHIPPED / overlay / "sidecar.toml").read_text()
        (directory / "sidecar.toml").write_text(shipped + streams)
        own = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "namespace": NAMESPACE,
            "resources": [os.path.relpath(SHIPPED / overlay, directory)],
            "configMapGenerator": [
                {"name": "arc-sidecar", "behavior": "replace", "files": ["sidecar.toml"]}
            ],
        }
        (directory / "kustomization.yaml").write_text(json.dumps(own))
        return directory

    def delete(self, overlay, seconds=180):
        self.kubectl(
            "delete",
            "-k",
            SHIPPED / overlay,
            "--ignore-not-found",
            f"--timeout={seconds}s",
            timeout=seconds + 30,
        )

    def add_volumes(self):
        """Empty volumes on each node, as a provisioner would create them."""
        self.kubectl("delete", "pv", "--all", "--wait=true")
        for node in self.nodes:
            shutil.rmtree(node.directory / "volumes", ignore_errors=True)
        self.create(
            *(
                self.volume(node, number)
                for node in self.nodes
                for number in range(VOLUMES_OF_A_NODE)
            )
        )

    def volume(self, node, number):
        path = node.directory / "volumes" / str(number)
        path.mkdir(parents=True)
        self.volumes += 1
        where = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node.name]}
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": f"local-{self.volumes}"},
            "spec": {
                "capacity": {"storage": "10Gi"},
                "accessModes": ["ReadWriteOnce"],
                "persistentVolumeReclaimPolicy": "Retain",
                "storageClassName": "local",
                "local": {"path": str(path)},
                "nodeAffinity": {
                    "required": {"nodeSelectorTerms": [{"matchExpressions": [where]}]}
                },
            },
        }

    def pods(self):
        """The pods of the servers by name."""
        return {
            pod["metadata"]["name"]: pod
            for pod in self.get("pods", "-l", "app.kubernetes.io/part-of=arc")["items"]
        }

    def wait_ready(self, name, seconds, replicas=None):
        """Every pod of the StatefulSet, of its newest revision."""

        def is_ready():
            found = self.get("statefulset", name)
            status, wanted = found["status"], replicas or found["spec"]["replicas"]
            return (
                status.get("observedGeneration") == found["metadata"]["generation"]
                and status.get(
                    "updatedReplicas",
                    wanted if status.get("currentRevision") == status.get("updateRevision") else 0,
                )
                == wanted
                and status.get("readyReplicas", 0) == wanted
            )

        wait_until(is_ready, lambda: self.why_not_ready(name), seconds)

    def why_not_ready(self, name):
        said = [f"{name}: "]
        for pod, facts in self.pods().items():
            if pod.startswith(name):
                status = facts["status"]
                said.append(
                    f"{pod}: {status['phase']} {json.dumps(status.get('containerStatuses', status.get('conditions')))}"
                )
                said.append(
                    self.kubectl("-n", NAMESPACE, "logs", pod, "--tail=30", check=False).stdout
                )
                said.append(
                    self.kubectl(
                        "-n", NAMESPACE, "exec", pod, "--", "arc-sidecar", "check", check=False
                    ).stdout
                )
        said.append(self.kubectl("-n", NAMESPACE, "get", "events", check=False).stdout[-3000:])
        return "\n".join(said)

    def restarts(self):
        return {
            f"{name}/{one['name']}": one["restartCount"]
            for name, pod in self.pods().items()
            for one in pod["status"].get("containerStatuses", [])
        }

    def why_restarted(self):
        """The end of each container that was restarted, and the last lines before it."""
        said = []
        for name, pod in self.pods().items():
            for one in pod["status"].get("containerStatuses", []):
                if one["restartCount"]:
                    before = self.kubectl(
                        "-n", NAMESPACE, "logs", name, "--previous", "--tail=20", check=False
                    )
                    said.append(f"{name}: {one['lastState']}\n{before.stdout}{before.stderr}")
        return "\n".join(said)

    def processes(self, pod, program):
        """The process ids of a program in a pod, in this container's numbers."""
        uid = self.pod_uid(pod)
        return [one for one in self.processes_of([uid]) if program_of(one) == program]

    def pod_uid(self, pod):
        return self.get("pod", pod)["metadata"]["uid"]

    def processes_of(self, uids):
        """All processes of these pods: the name of a cgroup has the pod's."""
        found = []
        for directory in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                cgroups = (directory / "cgroup").read_text()
                if any(uid in cgroups for uid in uids):
                    found.append(int(directory.name))
        return found

    def signal(self, pod, program, signo):
        ids = self.processes(pod, program)
        assert ids, f"{pod}: no {program}"
        for process in ids:
            os.kill(process, signo)

    def freeze(self, pod, program):
        self.signal(pod, program, signal.SIGSTOP)


def program_of(process):
    with contextlib.suppress(OSError):
        words = pathlib.Path(f"/proc/{process}/cmdline").read_bytes().decode().split("\0")
        # Redis writes its state into its own command line.
        return words[0].split(" ")[0].rpartition("/")[2]
    return ""
