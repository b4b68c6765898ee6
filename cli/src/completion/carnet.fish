
# Documents and people: carnet itself says what fits here, before a tab; what it tells of it stands behind.
# fish quotes what it inserts.
function __carnet_asks
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -g __carnet_known (command carnet complete fish -- $words[2..-1] "$typed" 2>/dev/null </dev/null)
    test (count $__carnet_known) -gt 0
end
function __carnet_answers
    printf "%s\n" $__carnet_known
end
complete -c carnet -n __carnet_asks -f -k -a '(__carnet_answers)'
