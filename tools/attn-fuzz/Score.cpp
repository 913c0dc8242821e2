//===- Score.cpp - Shapes of score regions --------------------------------===//
//
// Smooth in the logit: where a comparison of floats decided, the reference and
// the program under test could rightly differ.
//
//===----------------------------------------------------------------------===//

#include "Spec.h"

namespace attn::fuzz {
namespace {

Argument table(std::string name, AttnDtype dtype, std::vector<Axis> shape,
               Fill fill = Fill::Normal) {
  return {std::move(name), dtype, std::move(shape), fill};
}

Score makeAlibi(const Spec &spec) {
  Argument slopes = table("slopes", ATTN_F32, {headAxis(spec)});
  return {"alibi",
          R"(    %slope = attn.read %c0[%h] : )" + printType(slopes) + R"(
    %distance = arith.subi %j, %i : index
    %d = arith.index_cast %distance : index to i32
    %f = arith.sitofp %d : i32 to f32
    %bias = arith.mulf %slope, %f : f32
    %y = arith.addf %x, %bias : f32)",
          {slopes}};
}

Score makeCap() {
  return {"cap",
          R"(    %cap = arith.constant 20.0 : f32
    %0 = arith.divf %x, %cap : f32
    %1 = math.tanh %0 : f32
    %y = arith.mulf %1, %cap : f32)",
          {}};
}

Score makeKeyBias(const Spec &spec) {
  Argument bias = table("bias", ATTN_F32, {batchAxis(spec), keyAxis(spec)});
  return {"key-bias",
          "    %0 = attn.read %c0[%b, %j] : " + printType(bias) + R"(
    %y = arith.addf %x, %0 : f32)",
          {bias}};
}

Score makePairBias(const Spec &spec) {
  Argument bias = table("bias", spec.dtype,
                        {headAxis(spec), queryAxis(spec), keyAxis(spec)});
  std::string read = "attn.read %c0[%h, %i, %j] : " + printType(bias);
  std::string type = spec.dtype == ATTN_F16 ? "f16" : "bf16";
  std::string body = spec.dtype == ATTN_F32
                         ? "    %0 = " + read
                         : "    %n = " + read +
                               "\n    %0 = arith.extf %n : " + type + " to f32";
  return {"pair-bias", body + "\n    %y = arith.addf %x, %0 : f32", {bias}};
}

Score makeRelative(const Spec &spec) {
  Argument bias = table("bias", ATTN_F32, {headAxis(spec), {"R", 17, true}});
  return {"relative",
          R"(    %zero = arith.constant 0 : index
    %middle = arith.constant 8 : index
    %last = arith.constant 16 : index
    %0 = arith.subi %j, %i : index
    %1 = arith.addi %0, %middle : index
    %2 = arith.maxsi %1, %zero : index
    %3 = arith.minsi %2, %last : index
    %4 = attn.read %c0[%h, %3] : )" +
              printType(bias) + R"(
    %y = arith.addf %x, %4 : f32)",
          {bias}};
}

/// Keys of another segment weigh 0: logits of -inf.
Score makeSegments(const Spec &spec) {
  Argument queries =
      table("qseg", ATTN_I32, {batchAxis(spec), queryAxis(spec)}, Fill::Ids);
  Argument keys =
      table("kseg", ATTN_I32, {batchAxis(spec), keyAxis(spec)}, Fill::Ids);
  return {"segments",
          "    %u = attn.read %c0[%b, %i] : " + printType(queries) +
              "\n    %w = attn.read %c1[%b, %j] : " + printType(keys) + R"(
    %same = arith.cmpi eq, %u, %w : i32
    %y = scf.if %same -> f32 {
      scf.yield %x : f32
    } else {
      %never = arith.constant 0xFF800000 : f32
      scf.yield %never : f32
    })",
          {queries, keys}};
}

Score makeGate(const Spec &spec) {
  Argument gate = table("gate", ATTN_F32, {headAxis(spec)});
  return {"gate",
          "    %g = attn.read %c0[%h] : " + printType(gate) + R"(
    %one = arith.constant 1.0 : f32
    %0 = arith.negf %g : f32
    %1 = math.exp %0 : f32
    %2 = arith.addf %one, %1 : f32
    %3 = arith.divf %x, %2 : f32
    %4 = math.absf %x : f32
    %5 = arith.addf %4, %one : f32
    %6 = arith.divf %x, %5 : f32
    %y = arith.addf %3, %6 : f32)",
          {gate}};
}

Score makeDigits() {
  return {"digits",
          R"(    %c3 = arith.constant 3 : i32
    %c7 = arith.constant 7 : i32
    %c11 = arith.constant 11 : i32
    %tenth = arith.constant 0.1 : f32
    %i32 = arith.index_cast %i : index to i32
    %j32 = arith.index_cast %j : index to i32
    %0 = arith.muli %i32, %c7 : i32
    %1 = arith.muli %j32, %c3 : i32
    %2 = arith.xori %0, %1 : i32
    %3 = arith.remui %2, %c11 : i32
    %4 = arith.floordivsi %1, %c7 : i32
    %5 = arith.andi %4, %c3 : i32
    %6 = arith.subi %3, %5 : i32
    %7 = arith.sitofp %6 : i32 to f32
    %8 = arith.mulf %7, %tenth : f32
    %y = arith.addf %x, %8 : f32)",
          {},
          /*keepsZero=*/false};
}

/// Far keys count less; the position is bottom-right aligned.
Score makeDecay() {
  return {"decay",
          R"(    %lq = attn.length queries
    %lk = attn.length keys
    %0 = arith.subi %lk, %lq : index
    %p = arith.addi %i, %0 : index
    %1 = arith.subi %p, %j : index
    %2 = arith.index_cast %1 : index to i32
    %3 = math.absi %2 : i32
    %4 = arith.sitofp %3 : i32 to f32
    %5 = math.log1p %4 : f32
    %y = arith.subf %x, %5 : f32)",
          {},
          /*keepsZero=*/false};
}

/// Branches inside branches, with reads in them.
Score makeBranches(const Spec &spec) {
  Argument near = table("near", ATTN_F32, {headAxis(spec)});
  Argument far = table("far", ATTN_BF16, {batchAxis(spec), keyAxis(spec)});
  return {"branches",
          R"(    %after = arith.cmpi sgt, %j, %i : index
    %y = scf.if %after -> f32 {
      %0 = attn.read %c0[%h] : )" +
              printType(near) + R"(
      %1 = arith.mulf %0, %x : f32
      scf.yield %1 : f32
    } else {
      %two = arith.constant 2 : index
      %half = arith.divui %i, %two : index
      %old = arith.cmpi ult, %j, %half : index
      %2 = scf.if %old -> f32 {
        %3 = attn.read %c1[%b, %j] : )" +
              printType(far) + R"(
        %4 = arith.extf %3 : bf16 to f32
        scf.yield %4 : f32
      } else {
        scf.yield %x : f32
      }
      scf.yield %2 : f32
    })",
          {near, far}};
}

} // namespace

Score drawScore(Random &random, const Spec &spec) {
  switch (random.range(0, 9)) {
  case 0:
    return makeAlibi(spec);
  case 1:
    return makeCap();
  case 2:
    return makeKeyBias(spec);
  case 3:
    return makePairBias(spec);
  case 4:
    return makeRelative(spec);
  case 5:
    return makeSegments(spec);
  case 6:
    return makeGate(spec);
  case 7:
    return makeDigits();
  case 8:
    return makeDecay();
  default:
    return makeBranches(spec);
  }
}

} // namespace attn::fuzz
