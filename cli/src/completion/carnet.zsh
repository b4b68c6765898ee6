
# Documents and people: carnet itself says what fits here, before a tab; what it tells of it stands behind.
# zsh quotes what it inserts.
_carnet_known() {
    local line
    local -a names told
    for line in "${(@f)$(command carnet complete zsh -- "${(@)words[2,CURRENT]}" 2>/dev/null </dev/null)}"; do
        [[ $line == *$'\t'* ]] || continue
        names+=("${line%%$'\t'*}")
        told+=("${line%%$'\t'*}  ${line#*$'\t'}")
    done
    (( $#names )) || return 1
    # What none begins with is not cut down to what they have in common: one is chosen.
    [[ $names[1] == "${(b)PREFIX}"* ]] || compstate[insert]=menu
    compadd -U -V carnet -l -d told -a names
}

_carnet_whole() {
    _carnet_known || _carnet "$@"
}

compdef _carnet_whole carnet
# Where zsh has loaded this for the line at hand, what the commands say is there already.
if [ "$funcstack[1]" = "_carnet" ]; then
    _carnet_known
fi
