# SPDX-License-Identifier: Apache-2.0
# Completion of espctl's words in bash: objects, their commands, and the words that may follow.

_espctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local objects="state policy neigh nexthop link counters stat monitor card dump"
    local options="--card --stats --json --pretty --details --timestamp --batch --force --help --version"
    local object='' verb='' words='' i
    COMPREPLY=()
    case $prev in
    --card | -c)
        # : splits words for bash; what espctl finds is offered as it is
        mapfile -t COMPREPLY < <(compgen -W "$(espctl card list 2>/dev/null | cut -d' ' -f1) sim: shm: xrt:" -- "$cur")
        return
        ;;
    --batch | -b)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --card | -c | --batch | -b)
            i=$((i + 1))
            while [ "${COMP_WORDS[i]}" = : ] || [ "${COMP_WORDS[i + 1]}" = : ]; do i=$((i + 1)); done
            ;;
        -*) ;;
        *)
            if [ -z "$object" ]; then object=${COMP_WORDS[i]}; elif [ -z "$verb" ]; then verb=${COMP_WORDS[i]}; fi
            ;;
        esac
    done
    case $prev in
    dir) words="in out" ;;
    dev) words="plain cipher" ;;
    mode) words="tunnel transport" ;;
    action) words="allow block" ;;
    df) words="copy clear set" ;;
    proto) words="esp tcp udp icmp ipv6-icmp any" ;;
    aead) words="'rfc4106(gcm(aes))' 'rfc4543(gcm(aes))'" ;;
    encap) words="espinudp" ;;
    src | dst | spi | reqid | lladdr | address | replay-window | mtu | dscp | priority | sport | dport | interval | timeout | count) return ;;
    *)
        case $object:$verb in
        :) words="$objects $options" ;;
        state:) words="add update delete get list flush" ;;
        policy:) words="add delete list flush" ;;
        neigh:) words="add replace delete list flush" ;;
        nexthop:) words="list set" ;;
        link:) words="set list" ;;
        card:) words="list info selftest reset" ;;
        stat:*) words="--watch interval count" ;;
        monitor:*) words="count timeout" ;;
        state:a* | state:u*) words="src dst proto spi mode aead reqid replay-window encap sel dir mtu lladdr dscp df flag" ;;
        state:*) words="src dst spi reqid dir" ;;
        policy:a*) words="src dst proto sport dport dir action priority tmpl reqid mode" ;;
        policy:d*) words="src dst proto sport dport dir" ;;
        neigh:*) words="lladdr local dev" ;;
        nexthop:s*) words="dst spi lladdr" ;;
        link:s*) words="plain cipher engine address" ;;
        esac
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _espctl espctl
