//===- Epilogue.h - Results of a task ---------------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_EPILOGUE_H
#define ATTN_CODEGEN_CPU_EPILOGUE_H

#include "FoldTask.h"

namespace attn::cpu {

/// Closes the normaliser over states and sink and writes out, lse, mass and
/// state for the rows that exist. A row whose sum is 0 saw no key: out 0, lse
/// -inf.
void emitEpilogue(FoldTask &task);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_EPILOGUE_H
