#!/bin/bash
# Orthanc reads its password from its environment; here it comes from a file.
set -euo pipefail
PACS_PASSWORD=$(<"${PACS_PASSWORD_FILE:-/run/secrets/pacs_password}")
export PACS_PASSWORD
exec Orthanc /etc/pacs/orthanc.json
