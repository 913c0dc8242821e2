#!/bin/sh
# An interestingness test: exit code 1 if the program is valid and has all of the words of $WORDS.
for word in $WORDS; do
  grep -q -e "$word" "$1" || exit 0
done
attn-opt "$1" >/dev/null 2>&1 && exit 1
exit 0
