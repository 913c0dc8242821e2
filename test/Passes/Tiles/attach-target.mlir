// RUN: attn-opt %s --attn-attach-target=target=cpu | FileCheck %s
// RUN: not attn-opt %s --attn-attach-target=target=tpu 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// CHECK: module attributes {attn.target = #attn.target<"cpu", {key_tile = 32 : i64, query_tile = 48 : i64, reads_in_place = 1 : i64, small_key_tile = 16 : i64, small_query_tile = 16 : i64, split_keys = 256 : i64, split_rows = 16 : i64, split_tasks = 64 : i64, writes_in_place = 1 : i64}>}
// UNKNOWN: error: unknown target 'tpu'; expected cpu
module {
}
