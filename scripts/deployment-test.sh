#!/usr/bin/env bash
# The examples in docs/deployment are what their programs read: docker-compose, and a parser of YAML for Kubernetes. Ends with "N passed, N failed".
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
check 'statefulset.yaml is YAML in which every object has a kind and a name' /usr/bin/python3 -c '
import sys, yaml
objects = [one for one in yaml.safe_load_all(open("docs/deployment/statefulset.yaml")) if one]
assert objects and all(one["kind"] and one["apiVersion"] and one["metadata"]["name"] for one in objects)
'
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
