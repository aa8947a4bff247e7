#!/bin/sh
# Makes the secret files that compose.yaml mounts. A file that exists already is left alone.
#   docker/make-secrets.sh [FOLDER]      default: secrets/ beside this script
set -eu

folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
# The folder is closed to everybody else. The files must be readable by other user ids: the containers' users, to whom
# compose hands them as they are (it does not change owner or mode of a secret that comes from a file).
chmod 700 "$folder"

word() { # 192 random bits, letters and digits only: safe in a URL and in any configuration file
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

put() { # name, content
    if [ -e "$folder/$1" ]; then
        echo "make-secrets: $folder/$1 is there already, left alone"
        return
    fi
    printf '%s' "$2" >"$folder/$1"
    chmod 644 "$folder/$1"
    echo "make-secrets: $folder/$1 made"
}

put postgres_password "$(word)"
put temporal_db_password "$(word)"
put leerp_db_password "$(word)"
put leerp_database_url "postgresql+psycopg://leerp:$(cat "$folder/leerp_db_password")@postgresql:5432/leerp"
# Empty: the mail relay upstream asks for no password. Put it here if it does.
put smtp_relay_password ""
# Empty: the collector reads no mailbox, and no mail is encrypted to the centre. Put them here before it does.
put imap_password ""
put centre_openpgp_key ""
