#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# espctl's completion: what is offered is what espctl knows (its usage is the oracle), and a few lines as typed.
set -eu
cd "$(dirname "$0")/../.."
build=${B:-build}
. driver/espctl/espctl.bash

offered() { # the words typed so far, the last one unfinished
    COMP_WORDS=(espctl "$@")
    COMP_CWORD=$#
    _espctl
    echo "${COMPREPLY[*]}"
}

expect() { # wanted, then the words
    local wanted=$1 got
    shift
    got=$(offered "$@")
    if [ "$got" != "$wanted" ]; then
        echo "espctl $*: \"$got\", not \"$wanted\"" >&2
        exit 1
    fi
}

expect "state stat" sta
expect "add" state a
expect "in out" state list dir ''
expect "plain" --card x:y neigh list dev p
expect "selftest" -s card s
expect "" state add src ''
expect "list" card l

# every object of the usage is offered, and every verb of it
usage=$("$build/espctl" --help)
for object in $(echo "$usage" | sed -n 's/^  \([a-z]\+\) .*/\1/p; s/^  \([a-z]\+\)$/\1/p' | sort -u); do
    case " $(offered '') " in *" $object "*) ;; *) echo "not offered: $object" >&2; exit 1 ;; esac
done
echo "$usage" | sed -n 's/^  \(state\|policy\|neigh\|nexthop\|link\|card\) \([a-z|]\+\).*/\1 \2/p' | while read -r object verbs; do
    for verb in ${verbs//|/ }; do
        case " $(offered "$object" '') " in *" $verb "*) ;; *) echo "not offered: $object $verb" >&2; exit 1 ;; esac
    done
done
echo "completion: ok"
