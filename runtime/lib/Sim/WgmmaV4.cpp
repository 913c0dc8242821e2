//===- WgmmaV4.cpp - With AVX-512 -----------------------------------------===//

#define ATTN_SIM_WGMMA kWgmmaV4
#include "WgmmaArithmetic.inc"
