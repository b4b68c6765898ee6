
# Documents and people: carnet itself says what fits here, as it is to be inserted, before a tab; what it
# tells of it stands behind.
_carnet_known() {
    local line name tab=$'\t'
    local -a known
    known=()
    while IFS= read -r line; do
        [[ $line == *"$tab"* ]] && known+=("$line")
    done <<<"$(command carnet complete bash -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)"
    if [[ ${#known[@]} -eq 0 ]]; then
        _carnet "$@"
        return
    fi
    COMPREPLY=()
    for line in "${known[@]}"; do
        name="${line%%"$tab"*}"
        # Where several are listed, each with what is told of it: only what they have in common is inserted
        # then.
        case "${#known[@]},${COMP_TYPE-},${line#*"$tab"}" in
            1,* | *,*,) ;;
            *,9,* | *,33,* | *,63,* | *,64,*) name+="  ${line#*"$tab"}" ;;
        esac
        COMPREPLY+=("$name")
    done
}

if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -F _carnet_known -o nosort -o bashdefault -o default carnet
else
    complete -F _carnet_known -o bashdefault -o default carnet
fi

# Names of files, each as one word: bash quotes what it is told to be one.
_carnet_files() {
    local name
    COMPREPLY=()
    compopt -o filenames 2>/dev/null
    while IFS= read -r name; do
        COMPREPLY+=("$name")
    done < <(compgen -f -- "${cur}")
}
