#!/bin/sh
# Makes the namespace and its search attributes; run again, it brings the retention up to date and changes nothing else.
# TEMPORAL_ADDRESS and the TEMPORAL_TLS_… settings are read by the temporal command itself.
set -eu

: "${TEMPORAL_ADDRESS:?}" "${TEMPORAL_NAMESPACE:?}" "${NAMESPACE_RETENTION:?}"
attempts=${ATTEMPTS:-60}
pause=${PAUSE_SECONDS:-2}
if [ -n "${TEMPORAL_API_KEY_FILE:-}" ]; then
    TEMPORAL_API_KEY=$(cat "$TEMPORAL_API_KEY_FILE")
    export TEMPORAL_API_KEY
fi

persist() { # until it succeeds or the attempts are used up; then the last error is shown
    tried=1
    until answer=$("$@" 2>&1); do
        if [ "$tried" -ge "$attempts" ]; then
            echo "setup-namespace: gave up after $tried attempts: $answer" >&2
            exit 1
        fi
        tried=$((tried + 1))
        sleep "$pause"
    done
}

# The namespace is always named: "namespace create" takes no notice of TEMPORAL_NAMESPACE and would make "default".
make_namespace() {
    if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
        temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$NAMESPACE_RETENTION"
    else
        temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$NAMESPACE_RETENTION" \
            --description "leerp: one workflow per incident"
    fi
}

has_attribute() { # name
    temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" --output json | grep -q "\"$1\": \"INDEXED_VALUE_TYPE_KEYWORD\""
}

persist temporal operator cluster health
persist make_namespace
for name in LeerpPhase LeerpMode LeerpStatus LeerpReference; do
    # One a command: with several names and one type, the command says that all were added and adds the first.
    # A new namespace is known to every part of the engine only some seconds later: hence persist here as well.
    persist temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --type Keyword --name "$name"
    persist has_attribute "$name"
done
echo "setup-namespace: namespace $TEMPORAL_NAMESPACE is ready, closed workflows are kept for $NAMESPACE_RETENTION"
