// RUN: not attn-opt %s --attn-verify-stage=stage=lowlevel 2>&1 | FileCheck %s
// RUN: attn-opt %s --attn-verify-stage=stage=tiles

// CHECK: error: unknown stage 'lowlevel'; expected input, routes, tiles or schedule
module {
}
