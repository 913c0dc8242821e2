//===- OutOfMemory.h - What tools do without memory -------------*- C++ -*-===//
//
// LLVM is built without exceptions: where memory runs out inside it, the
// process aborts. A tool can end in an orderly way instead; a library inside
// somebody's process cannot.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_OUTOFMEMORY_H
#define ATTN_CODEGEN_OUTOFMEMORY_H

#include "llvm/ADT/StringRef.h"

#include <new>

namespace attn {

/// From now on, where LLVM gets no memory, the process removes its temporary
/// paths, calls `cleanup`, says "TOOL: error: out of memory" and exits with
/// code 1. `cleanup` must not allocate. Once per process.
void exitWhenOutOfMemory(const char *tool, void (*cleanup)() = nullptr);

/// While it lives, operator new does the same, and the message names the
/// program that is compiled. Changes nothing in a process that did not call
/// exitWhenOutOfMemory. One at a time.
class MemoryScope {
public:
  explicit MemoryScope(llvm::StringRef program);
  ~MemoryScope();
  MemoryScope(const MemoryScope &) = delete;
  MemoryScope &operator=(const MemoryScope &) = delete;

private:
  std::new_handler previous = nullptr;
};

} // namespace attn

#endif // ATTN_CODEGEN_OUTOFMEMORY_H
