//===- Allocations.h - How often memory was asked for -----------*- C++ -*-===//

#ifndef ATTN_TEST_RUNTIME_ALLOCATIONS_H
#define ATTN_TEST_RUNTIME_ALLOCATIONS_H

/// Allocations of the whole process so far, by malloc and its relatives.
/// oneTBB has memory of its own.
long allocationCount();

#endif // ATTN_TEST_RUNTIME_ALLOCATIONS_H
