#!/usr/bin/env bash
# Builds and ships.
set -euo pipefail

declare -A colors=([red]=31 [green]=32)
readonly root="${BASH_SOURCE[0]%/*}/.."

usage() {
  cat <<-"A_DELIMITER_LONGER_THAN_TWENTY_FOUR_BYTES" >&2
	usage: $0 [options] $(not expanded)
	  -n  name
	A_DELIMITER_LONGER_THAN_TWENTY_FOUR_BYTES
}

main() {
  local name=${1:-default} count=$((2 ** 3 + ${#colors[@]}))
  while getopts ':n:h' option; do
    case "$option" in
      n | N) name="$OPTARG" ;;
      h) usage; exit 0 ;&
      *) echo "bad: ${option@Q}" ;;
    esac
  done
  cat <<FIRST_HERE_DOCUMENT
Hello, $name: `date +%s` and $(printf '%d' "${count}")
  \$escaped ${name//[aeiou]/_}
FIRST_HERE_DOCUMENT
  cat <<'SECOND'
raw $name
SECOND
  if [[ $name =~ ^[a-z]+\.(sh|bash)$ && -f "$root/$name" ]]; then
    for ((i = 0; i < count; i++)); do echo "$i" | tee -a >(sort) >/dev/null 2>&1; done
  elif [ "$name" = x ] || ! grep -q "y" <<<"$name"; then
    diff <(ls -1) <(echo {a..c}{1,2}) &
  fi
  trap 'rm -f "$tmp"' EXIT
  echo $'ansi\tquoted' "${colors[@]}" ${name^^} *.txt
}

main "$@"
