//===- WgmmaV3.cpp - With AVX2, FMA and F16C ------------------------------===//

#define ATTN_SIM_WGMMA kWgmmaV3
#include "WgmmaArithmetic.inc"
