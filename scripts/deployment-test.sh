#!/usr/bin/env bash
# The examples in docs/deployment are what their programs read: docker-compose, promtool, and a parser of YAML for Kubernetes. Ends with "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/.."

passed=0
failed=0
check() {
  local name=$1
  shift
  if "$@" >/dev/null; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $name"
  fi
}

check 'docker-compose reads compose.yaml' env EPOLLSRV_PASSWORD=secret docker-compose -f docs/deployment/compose.yaml config
check 'promtool reads prometheus.yml' promtool check config --syntax-only docs/deployment/prometheus.yml
check 'promtool reads prometheus-kubernetes.yml' promtool check config --syntax-only docs/deployment/prometheus-kubernetes.yml
check 'statefulset.yaml has what Kubernetes and the program need' /usr/bin/python3 - out/epollsrv <<'PYTHON'
import re, subprocess, sys, yaml

objects = [one for one in yaml.safe_load_all(open("docs/deployment/statefulset.yaml")) if one]
assert objects and all(one["kind"] and one["apiVersion"] and one["metadata"]["name"] for one in objects)
claims = {one["metadata"]["name"] for one in objects if one["kind"] == "PersistentVolumeClaim"}
services = {one["metadata"]["name"] for one in objects if one["kind"] == "Service"}
for one in objects:
    if one["kind"] != "StatefulSet":
        continue
    spec = one["spec"]
    pod = spec["template"]["spec"]
    assert spec["serviceName"] in services
    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
    volumes = {claim["metadata"]["name"] for claim in spec["volumeClaimTemplates"]}
    for volume in pod.get("volumes", []):
        assert volume["persistentVolumeClaim"]["claimName"] in claims
        volumes.add(volume["name"])
    for container in pod["containers"]:
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes, "a mounted volume is not declared"

node = next(one for one in objects if one["kind"] == "StatefulSet" and one["metadata"]["name"] == "epollsrv")["spec"]["template"]["spec"]
assert node["enableServiceLinks"] is False
container, = node["containers"]
assert container["imagePullPolicy"] == "IfNotPresent"  # an image that was loaded by hand is used
assert container["readinessProbe"]["httpGet"]["path"] == "/readyz" and container["livenessProbe"]["httpGet"]["path"] == "/healthz"
values = {one["name"]: one.get("value") for one in container["env"]}
seconds = lambda name: int(re.fullmatch("([0-9]+)s", values[name]).group(1))
assert node["terminationGracePeriodSeconds"] > seconds("EPOLLSRV_SHUTDOWN_DELAY") + seconds("EPOLLSRV_DRAIN_TIMEOUT")

# Every variable of both files is an option of the program.
options = subprocess.run([sys.argv[1], "serve", "--help"], check=True, capture_output=True, text=True).stdout
compose = yaml.safe_load(open("docs/deployment/compose.yaml"))
targets = yaml.safe_load(open("docs/deployment/prometheus.yml"))["scrape_configs"][0]["static_configs"][0]["targets"]
assert {target.split(":")[0] for target in targets} == {name for name in compose["services"] if name.startswith("node-")}
for service in compose["services"].values():
    values.update(service["environment"])
for name in values:
    option = "--" + name.removeprefix("EPOLLSRV_").lower().replace("_", "-")
    assert not name.startswith("EPOLLSRV_") or re.search(re.escape(option) + r"\b", options), name + " is no option"
PYTHON
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
