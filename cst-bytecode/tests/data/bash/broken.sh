#!/bin/bash
if [ "$x" = 1 ; then
  echo "unclosed
fi

for i in a b c do
  echo ${i
done

case $x in
  a) echo a
  b echo b ;;
esca

cat <<END_OF_A_DOCUMENT_THAT_NEVER_ENDS_ANYWHERE
text $name $(open
END_OF_ANOTHER

function { echo; }
while true; do
  [[ $a == ]] && (( 1 + ))
  x=$((1 + 2)
} ) ;; &&
echo 'last
