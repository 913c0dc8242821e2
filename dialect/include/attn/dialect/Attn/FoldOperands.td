//===- FoldOperands.td - What folds take and give -----------*- tablegen -*-===//
//
// Shared by `attn.attend`, `attn_tile.fold` and `attn_sched.forward`.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_FOLDOPERANDS_TD
#define ATTN_DIALECT_ATTN_FOLDOPERANDS_TD

include "attn/dialect/Attn/AttnDialect.td"
include "attn/dialect/Attn/AttnInterfaces.td"

defvar Attn_foldOperands = (ins AnyRankedTensor:$q,
                                Optional<Attn_LengthsType>:$lengths,
                                Variadic<Attn_StreamType>:$streams,
                                Variadic<Attn_StateType>:$states,
                                Optional<AnyRankedTensor>:$sink,
                                Variadic<Attn_CaptureType>:$captures);
defvar Attn_foldResults = (outs AnyRankedTensor:$out,
                                Optional<AnyRankedTensor>:$lse,
                                Variadic<AnyRankedTensor>:$mass,
                                Variadic<AnyRankedTensor>:$state);

#endif // ATTN_DIALECT_ATTN_FOLDOPERANDS_TD
