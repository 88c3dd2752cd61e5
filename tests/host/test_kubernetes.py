"""deploy/kubernetes: what its manifests must have in every overlay. `make kubernetes` applies them
to a real Kubernetes."""

import re
import tomllib

import pytest

from support import manifests

ROOT = manifests.ROOT.parents[1]
SETS = [
    pytest.param(name, document, id=f"{name}-{key[1]}")
    for name in manifests.OVERLAYS
    for key, document in manifests.overlay(name).items()
    if key[0] == "StatefulSet"
]
SERVERS = {"nats": 8222, "redis": 9121, "sentinel": 9121, "pulsar": 7777}
every_set = pytest.mark.parametrize(("overlay", "found"), SETS)


def pod(found):
    return found["spec"]["template"]["spec"]


def containers(found):
    return [*pod(found).get("initContainers", []), *pod(found)["containers"]]


def server(found):
    (one,) = pod(found)["containers"]
    return one


def environment(container):
    return {one["name"]: one.get("value") for one in container.get("env", [])}


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(s|m)", text).groups()
    return int(number) * {"s": 1, "m": 60}[unit]


def test_there_are_overlays_with_all_servers():
    assert {"single", "cluster"} <= set(manifests.OVERLAYS)
    for name in manifests.OVERLAYS:
        names = {key[1] for key in manifests.overlay(name) if key[0] == "StatefulSet"}
        assert {"arc-messaging", "arc-cache", "arc-streaming"} <= names


@every_set
def test_a_pod_meets_the_restricted_standard(overlay, found):
    namespace = manifests.overlay(overlay)["Namespace", "arc"]
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    of_pod = pod(found)["securityContext"]
    assert of_pod["runAsNonRoot"] is True and of_pod["runAsUser"] in (1000, 10000)
    assert of_pod["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in containers(found):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert (
            container["resources"]["limits"]["memory"] and container["resources"]["requests"]["cpu"]
        )


@every_set
def test_the_grace_is_the_declared_one(overlay, found):
    settings = environment(server(found))
    is_member = settings.get("ARC_CLUSTER_ROLE") == "member"
    assert is_member == ("ARC_CLUSTER_GRACE" in settings)
    if is_member:
        assert pod(found)["terminationGracePeriodSeconds"] == seconds(settings["ARC_CLUSTER_GRACE"])
    assert pod(found)["terminationGracePeriodSeconds"] >= 30


@every_set
def test_the_members_are_the_pods_of_the_set(overlay, found):
    declared = environment(server(found)).get("ARC_CLUSTER_MEMBERS")
    name, spec = found["metadata"]["name"], found["spec"]
    members = [f"{name}-{number}.{spec['serviceName']}" for number in range(spec["replicas"])]
    assert (declared or "").split(",") == (members if declared else [""])
    assert declared or spec["replicas"] == 1 or name == "arc-sentinel"


@every_set
def test_members_find_each_other_before_they_are_ready(overlay, found):
    every = manifests.overlay(overlay)
    name = found["metadata"]["name"]
    headless = every["Service", found["spec"]["serviceName"]]["spec"]
    assert headless["clusterIP"] == "None" and headless["publishNotReadyAddresses"] is True
    clients = every["Service", name]["spec"]
    assert "clusterIP" not in clients and "publishNotReadyAddresses" not in clients
    labels = found["spec"]["template"]["metadata"]["labels"]
    for selector in (
        headless["selector"],
        clients["selector"],
        found["spec"]["selector"]["matchLabels"],
        every["PodDisruptionBudget", name]["spec"]["selector"]["matchLabels"],
        every["NetworkPolicy", name]["spec"]["podSelector"]["matchLabels"],
        pod(found)["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
    ):
        assert selector == labels
    assert found["spec"]["podManagementPolicy"] == "Parallel"
    assert every["PodDisruptionBudget", name]["spec"]["maxUnavailable"] == 1


@every_set
def test_the_probes_ask_the_agent(overlay, found):
    container = server(found)
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}
    assert ports["monitor"] == SERVERS[container["name"]]
    for probe, path in (("startup", "/memberz"), ("liveness", "/livez"), ("readiness", "/readyz")):
        settings = container[f"{probe}Probe"]
        assert settings["httpGet"] == {"path": path, "port": "monitor"}
        # A check may take 3 s.
        assert settings["timeoutSeconds"] == 5


@every_set
def test_the_state_is_in_memory_and_the_data_on_a_claim(overlay, found):
    volumes = {one["name"]: one for one in pod(found)["volumes"]}
    mounts = {one["mountPath"]: one["name"] for one in server(found)["volumeMounts"]}
    assert volumes[mounts["/run/arc"]]["emptyDir"]["medium"] == "Memory"
    claims = [one["metadata"]["name"] for one in found["spec"]["volumeClaimTemplates"]]
    data = tomllib.loads(declaration(overlay))
    paths = {data[section]["data_dir"] for section in ("nats", "redis", "pulsar")}
    assert [mounts[path] for path in paths & set(mounts)] == claims
    assert set(mounts.values()) <= set(volumes) | set(claims)


@every_set
def test_a_mounted_configuration_is_there(overlay, found):
    every = manifests.overlay(overlay)
    for volume in pod(found)["volumes"]:
        if "configMap" in volume:
            assert ("ConfigMap", volume["configMap"]["name"]) in every
    mounted = {one["mountPath"] for one in server(found)["volumeMounts"]}
    for word in server(found).get("args", []):
        if word.startswith("/etc/"):
            assert word.rpartition("/")[0] in mounted


@every_set
def test_nothing_runs_a_shell(overlay, found):
    for container in containers(found):
        words = [*container.get("command", []), *container.get("args", [])]
        assert all("\n" not in word for word in words)
        assert not {"sh", "bash", "-c"} & {word.rpartition("/")[2] for word in words}
        assert container["image"].endswith(":dev")


def test_there_is_no_job_and_no_permission():
    kinds = {key[0] for name in manifests.OVERLAYS for key in manifests.overlay(name)}
    assert kinds == {
        "ConfigMap",
        "Namespace",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Service",
        "StatefulSet",
    }
    for name in manifests.OVERLAYS:
        for key, found in manifests.overlay(name).items():
            if key[0] == "StatefulSet":
                assert pod(found)["automountServiceAccountToken"] is False


def declaration(overlay):
    return manifests.overlay(overlay)["ConfigMap", "arc-sidecar"]["data"]["sidecar.toml"]


def images_declaration(section):
    text = (ROOT / f"services/{section}/sidecar.toml").read_text()
    return tomllib.loads(text)


@pytest.mark.parametrize("overlay", manifests.OVERLAYS)
def test_the_declared_objects_are_those_of_the_images(overlay):
    found = tomllib.loads(declaration(overlay))
    for folder, section in (("messaging", "nats"), ("cache", "redis"), ("streaming", "pulsar")):
        expected = images_declaration(folder)[section]
        copies = 3 if overlay == "cluster" else None
        for stream in expected.get("stream", []):
            stream.update({"replicas": copies} if copies else {})
        assert {key: found[section].get(key) for key in expected} == expected


def test_the_members_of_nats_have_routes_to_each_other():
    every = manifests.overlay("cluster")
    text = every["ConfigMap", "arc-messaging"]["data"]["nats-server.conf"]
    members = environment(server(every["StatefulSet", "arc-messaging"]))["ARC_CLUSTER_MEMBERS"]
    assert re.findall(r'"nats://(\S+):6222"', text) == members.split(",")
    assert "server_name: $POD_NAME" in text


def test_the_servers_of_redis_follow_the_first_one():
    every = manifests.overlay("cluster")
    found = every["StatefulSet", "arc-cache"]
    members = environment(server(found))["ARC_CLUSTER_MEMBERS"].split(",")
    roles = every["ConfigMap", "arc-cache"]["data"]
    followed = [
        re.findall(r"^replicaof (\S+) 6379$", roles[f"arc-cache-{number}.conf"], re.MULTILINE)
        for number in range(found["spec"]["replicas"])
    ]
    assert followed == [[], *([members[0]] for _ in members[1:])]
    sentinel = every["ConfigMap", "arc-sentinel"]["data"]["sentinel.conf"]
    data = tomllib.loads(declaration("cluster"))
    assert (
        f"sentinel monitor {data['redis']['master_name']} {members[0]} 6379 {data['sentinel']['quorum']}"
        in sentinel
    )
    assert data["redis"]["master_name"] == data["sentinel"]["master_name"]
    sentinels = every["StatefulSet", "arc-sentinel"]["spec"]
    assert data["redis"]["sentinels"] == [
        f"arc-sentinel-{number}.{sentinels['serviceName']}"
        for number in range(sentinels["replicas"])
    ]
    assert "replicas-to-write 1" in roles["redis.conf"]


def test_the_annotations_name_the_port_of_the_agent():
    directory = manifests.ROOT / "components/annotations"
    patches = manifests.kustomization(directory)["patches"]
    for key, found in manifests.overlay("cluster").items():
        if key[0] != "StatefulSet":
            continue
        (path,) = [one["path"] for one in patches if re.fullmatch(one["target"]["name"], key[1])]
        (patch,) = manifests.documents(directory / path)
        annotations = patch["spec"]["template"]["metadata"]["annotations"]
        assert annotations["prometheus.io/port"] == str(SERVERS[server(found)["name"]])


def test_every_component_is_on_the_page():
    page = (ROOT / "docs/kubernetes.md").read_text()
    for directory in (manifests.ROOT / "components").iterdir():
        assert manifests.kustomization(directory)["kind"] == "Component"
        assert f"\n| `{directory.name}` |" in page
    for name in manifests.OVERLAYS:
        assert f"\n| `overlays/{name}` |" in page
