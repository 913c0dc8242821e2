#!/bin/sh
# Says it is a ptxas, and then misbehaves as its own file name says; `real` and those that
# change what the real one says or writes run $REAL_PTXAS.
name=$(basename "$0")
if [ "$1" = --version ]; then
  case $name in
    version-fails) exit 3 ;;
    version-garbage) echo "hello, world" ;;
    *) echo "release ${FAKE_VERSION:-99.1}, V${FAKE_VERSION:-99.1.2}" ;;
  esac
  exit
fi
for last; do :; done # ... -o OUTPUT
case $name in
  crash) kill -SEGV $$ ;;
  refuse) echo "ptxas fatal   : Unresolved extern function 'f'"; exit 255 ;;
  hang) sleep 1000 ;;
  loud) exec yes "ptxas info" ;;
  silent) ;;
  garbage) echo "no ELF file" >"$last" ;;
  mute) "$REAL_PTXAS" "$@" >/dev/null 2>&1 ;;
  other-kernel) "$REAL_PTXAS" "$@" 2>&1 | sed 's/_forward0/_backward0/' ;;
  spill) "$REAL_PTXAS" "$@" 2>&1 | sed 's/ 0 bytes spill stores/ 4 bytes spill stores/' ;;
  serialize)
    "$REAL_PTXAS" "$@"
    echo "ptxas info    : (C7510) Potential Performance Loss: wgmma.mma_async instructions are serialized" ;;
  large) "$REAL_PTXAS" "$@" && head -c 500000 /dev/zero >>"$last" ;;
  *) exec "$REAL_PTXAS" "$@" ;;
esac
