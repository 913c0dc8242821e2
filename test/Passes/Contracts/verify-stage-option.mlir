// RUN: not attn-opt %s --attn-verify-stage=stage=schedule 2>&1 | FileCheck %s
// RUN: attn-opt %s --attn-verify-stage=stage=tiles

// CHECK: error: unknown stage 'schedule'; expected input, routes or tiles
module {
}
