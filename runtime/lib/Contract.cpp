//===- Contract.cpp - Check the tensors of a launch -----------------------===//
//
// Everything the function boundary promises about memory: types, sizes,
// strides, alignment, overlap. Runs before every launch and allocates nothing.
//
//===----------------------------------------------------------------------===//

#include "Message.h"
#include "Signature.h"

#include <cstdio>
#include <cstring>

#include <cstdio>

namespace attn::runtime {
namespace {
using manifest::Tensor;

/// One tensor under check.
struct Subject {
  const char *role; ///< "argument" or "result"
  const Tensor &tensor;
  const AttnTensor &given;
  AttnMessage *message;

  const char *name() const { return tensor.name.c_str(); }
  const char *letter(int axis) const {
    return tensor.shape[axis].letter.empty()
               ? "no letter"
               : tensor.shape[axis].letter.c_str();
  }
};

AttnStatus checkType(const Subject &s) {
  std::string_view expected = manifest::dtypeName(s.tensor.dtype);
  if (int(s.given.dtype) == int(s.tensor.dtype))
    return ATTN_OK;
  bool known = s.given.dtype >= ATTN_F16 && s.given.dtype <= ATTN_BOOL;
  std::string_view found =
      known ? manifest::dtypeName(manifest::Dtype(s.given.dtype)) : "unknown";
  return fail(s.message, ATTN_CONTRACT, "%s '%s' has dtype %.*s, expected %.*s",
              s.role, s.name(), int(found.size()), found.data(),
              int(expected.size()), expected.data());
}

/// Sizes of a result against the letters that the arguments gave.
AttnStatus checkResultSizes(const Subject &s, const Signature &signature,
                            const int64_t *letters) {
  if (s.given.rank != int32_t(s.tensor.shape.size()) ||
      (s.given.rank && !s.given.sizes))
    return fail(s.message, ATTN_CONTRACT,
                "result '%s' has %d axes, expected %zu", s.name(),
                s.given.sizes ? s.given.rank : 0, s.tensor.shape.size());
  for (int axis = 0; axis < s.given.rank; ++axis) {
    const manifest::Axis &expected = s.tensor.shape[axis];
    int64_t size = expected.size
                       ? *expected.size
                       : letters[signature.letterIndex(expected.letter)];
    if (s.given.sizes[axis] != size)
      return fail(s.message, ATTN_CONTRACT,
                  "result '%s': axis %d (%s) has size %lld, expected %lld",
                  s.name(), axis, s.letter(axis),
                  (long long)s.given.sizes[axis], (long long)size);
  }
  return ATTN_OK;
}

AttnStatus checkStride(const Subject &s, int axis) {
  int64_t stride = s.given.strides[axis];
  if (axis == s.given.rank - 1) {
    if (stride == 1)
      return ATTN_OK;
    return fail(s.message, ATTN_CONTRACT,
                "%s '%s': the last axis has stride %lld, expected 1; pass a "
                "tensor whose last axis is contiguous",
                s.role, s.name(), (long long)stride);
  }
  if (stride == 0)
    return fail(s.message, ATTN_CONTRACT,
                "%s '%s': axis %d (%s, size %lld) has stride 0; an expanded "
                "axis is not accepted: pass the tensor before it was expanded "
                "(keys and values with their Hk heads, the program shares "
                "them among the query heads)",
                s.role, s.name(), axis, s.letter(axis),
                (long long)s.given.sizes[axis]);
  if (stride < 0)
    return fail(s.message, ATTN_CONTRACT,
                "%s '%s': axis %d (%s) has stride %lld, expected a positive "
                "one; pass a copy",
                s.role, s.name(), axis, s.letter(axis), (long long)stride);
  int64_t bytes = manifest::dtypeBytes(s.tensor.dtype), strideBytes = 0;
  if (__builtin_mul_overflow(stride, bytes, &strideBytes))
    return fail(s.message, ATTN_CONTRACT,
                "%s '%s': axis %d has stride %lld, which is beyond the address "
                "space",
                s.role, s.name(), axis, (long long)stride);
  if (strideBytes % s.tensor.strideMultipleBytes)
    return fail(s.message, ATTN_CONTRACT,
                "%s '%s': axis %d (%s) has a stride of %lld bytes, expected a "
                "multiple of %lld",
                s.role, s.name(), axis, s.letter(axis), (long long)strideBytes,
                (long long)s.tensor.strideMultipleBytes);
  return ATTN_OK;
}

AttnStatus checkBase(const Subject &s) {
  uintptr_t base = reinterpret_cast<uintptr_t>(s.given.data);
  if (base == 0)
    return fail(s.message, ATTN_CONTRACT,
                "%s '%s': the data pointer is null but the tensor has elements",
                s.role, s.name());
  if (base % uintptr_t(s.tensor.baseAlignmentBytes))
    return fail(s.message, ATTN_CONTRACT,
                "%s '%s': the address %p is not a multiple of %lld bytes",
                s.role, s.name(), s.given.data,
                (long long)s.tensor.baseAlignmentBytes);
  return ATTN_OK;
}

/// Fills strides and extent. Axes of size 1 get the stride of a dense tensor,
/// whatever was given.
AttnStatus fillLayout(const Subject &s, BoundTensor &bound) {
  int64_t dense = 1, last = 0;
  bool tooLarge = false;
  for (int axis = s.given.rank - 1; axis >= 0; --axis) {
    int64_t size = bound.sizes[axis], reach = 0;
    bool isGiven = s.given.strides && size > 1 && !bound.isEmpty;
    bound.strides[axis] = isGiven ? s.given.strides[axis] : dense;
    tooLarge |= __builtin_mul_overflow(bound.strides[axis],
                                       size > 1 ? size - 1 : 0, &reach) ||
                __builtin_add_overflow(last, reach, &last) ||
                __builtin_mul_overflow(bound.strides[axis], size > 1 ? size : 1,
                                       &dense);
  }
  if (bound.isEmpty) {
    bound.extentBytes = 0;
    return ATTN_OK;
  }
  tooLarge |=
      __builtin_add_overflow(last, 1, &last) ||
      __builtin_mul_overflow(last, bound.elementBytes, &bound.extentBytes);
  constexpr int64_t kAddressSpace = int64_t(1) << 57; // five-level page tables
  if (!tooLarge && bound.extentBytes <= kAddressSpace)
    return ATTN_OK;
  return fail(s.message, ATTN_CONTRACT,
              "%s '%s': sizes times strides are beyond the address space",
              s.role, s.name());
}

AttnStatus bindTensor(const Subject &s, BoundTensor &bound) {
  if (AttnStatus status = checkType(s))
    return status;
  bound.data = static_cast<char *>(s.given.data);
  bound.rank = s.given.rank;
  bound.elementBytes = manifest::dtypeBytes(s.tensor.dtype);
  bound.isEmpty = false;
  for (int axis = 0; axis < s.given.rank; ++axis) {
    bound.sizes[axis] = s.given.sizes[axis];
    bound.isEmpty |= s.given.sizes[axis] == 0;
  }
  if (!bound.isEmpty) {
    if (AttnStatus status = checkBase(s))
      return status;
    for (int axis = 0; s.given.strides && axis < s.given.rank; ++axis)
      if (bound.sizes[axis] > 1)
        if (AttnStatus status = checkStride(s, axis))
          return status;
  }
  return fillLayout(s, bound);
}

AttnStatus bindViews(const Signature &signature, Call &call,
                     AttnMessage *message) {
  for (size_t i = 0; i < signature.viewed.size(); ++i) {
    size_t tensor = signature.viewed[i];
    if (tensor >= call.tensorCount)
      continue;
    const char *role =
        tensor < signature.argumentCount() ? "argument" : "result";
    if (AttnStatus status =
            bindView(role, signature.tensor(tensor), call.tensors[tensor],
                     signature.entry->views[i], call.views[i], message))
      return status;
  }
  return ATTN_OK;
}

AttnStatus checkOverlap(const Signature &signature, const Call &call,
                        AttnMessage *message) {
  BoundTensor workspace{};
  workspace.data = call.workspace;
  workspace.elementBytes = 1;
  workspace.rank = 1;
  workspace.sizes[0] = workspace.extentBytes = int64_t(call.workspaceBytes);
  workspace.strides[0] = 1;
  workspace.isEmpty = call.workspaceBytes == 0 || !call.workspace;
  for (size_t i = 0; i < call.tensorCount; ++i) {
    const char *name = signature.tensor(i).name.c_str();
    if (overlap(call.tensors[i], workspace))
      return fail(message, ATTN_CONTRACT,
                  "the workspace overlaps '%s'; give it memory of its own",
                  name);
    if (!signature.isOutput(i))
      continue;
    if (overlapsItself(call.tensors[i]))
      return fail(message, ATTN_CONTRACT,
                  "output '%s' overlaps itself: its strides put two elements "
                  "at one address",
                  name);
    for (size_t j = 0; j < call.tensorCount; ++j)
      if (j != i && overlap(call.tensors[i], call.tensors[j]))
        return fail(message, ATTN_CONTRACT,
                    "output '%s' overlaps '%s'; only an argument marked "
                    "attn.inout is updated in place",
                    name, signature.tensor(j).name.c_str());
  }
  return ATTN_OK;
}

/// "B = 1, L = 37": the letters of a call, cut where the buffer ends.
struct LettersText {
  char text[256] = "";

  LettersText(const Signature &signature, const int64_t *letters) {
    size_t used = 0;
    for (size_t i = 0; i < signature.letterNames.size(); ++i) {
      if (used >= sizeof(text))
        return;
      int written = std::snprintf(
          text + used, sizeof(text) - used, "%s%s = %lld", i ? ", " : "",
          signature.letterNames[i].c_str(), (long long)letters[i]);
      used += written > 0 ? size_t(written) : 0;
    }
  }
};

/// What the program itself demands of its sizes.
AttnStatus checkConditions(const Signature &signature, const Call &call,
                           AttnMessage *message) {
  manifest::Bindings bindings = signature.bind(call.letters, 0);
  for (const manifest::Check &check : signature.entry->checks)
    if (!manifest::evaluate(check.condition, bindings).value_or(0))
      return fail(message, ATTN_CONTRACT, "entry '%s': %s; found %s",
                  signature.entry->name.c_str(), check.message.c_str(),
                  LettersText(signature, call.letters).text);
  return ATTN_OK;
}

/// Writes "L = 3, M = 4" for the letters of an expression.
void nameLetters(const manifest::Expr &expr, const manifest::Bindings &bindings,
                 char *text, size_t size) {
  if (expr.kind == manifest::Expr::Kind::kLetter) {
    char one[300];
    auto value = manifest::evaluate(expr, bindings);
    std::snprintf(one, sizeof one, "%s = %lld", expr.name.c_str(),
                  (long long)value.value_or(-1));
    size_t used = std::strlen(text);
    if (!std::strstr(text, one))
      std::snprintf(text + used, size - used, "%s%s", used ? ", " : "", one);
  }
  for (const manifest::Expr &operand : expr.operands)
    nameLetters(operand, bindings, text, size);
}

AttnStatus checkConditions(const Signature &signature, const int64_t *letters,
                           AttnMessage *message) {
  manifest::Bindings bindings = signature.bind(letters, 0);
  for (const manifest::Check &check : signature.entry->checks) {
    if (manifest::evaluate(check.condition, bindings).value_or(0))
      continue;
    char found[400] = "";
    nameLetters(check.condition, bindings, found, sizeof found);
    return fail(message, ATTN_CONTRACT, "%s, but found %s",
                check.message.c_str(), found);
  }
  return ATTN_OK;
}

/// Fields after `stream` came later.
constexpr size_t kLeastLaunch = offsetof(AttnLaunch, scheduleSeed);

AttnStatus checkStructs(const Signature &signature, const AttnLaunch &launch,
                        Scope scope, AttnMessage *message) {
  if (launch.structSize < kLeastLaunch ||
      launch.tensorSize < sizeof(AttnTensor))
    return fail(message, ATTN_INVALID_ARGUMENT,
                "AttnLaunch: expected structSize >= %zu and tensorSize >= %zu "
                "but found %zu and %zu",
                kLeastLaunch, sizeof(AttnTensor), launch.structSize,
                launch.tensorSize);
  if (launch.structSize >= offsetof(AttnLaunch, simReport) &&
      launch.simMode != ATTN_SIM_STRICT && launch.simMode != ATTN_SIM_FAST)
    return fail(message, ATTN_INVALID_ARGUMENT,
                "AttnLaunch: expected simMode %d or %d but found %d",
                ATTN_SIM_STRICT, ATTN_SIM_FAST, int(launch.simMode));
  if (launch.structSize >= offsetof(AttnLaunch, turnReport) &&
      launch.simReport && launch.simMode != ATTN_SIM_STRICT)
    return fail(message, ATTN_INVALID_ARGUMENT,
                "AttnLaunch: simReport needs simMode %d, strict",
                ATTN_SIM_STRICT);
  size_t results = signature.entry->results.size();
  if (scope == Scope::kEverything &&
      (launch.resultCount != results || (results && !launch.results)))
    return fail(message, ATTN_INVALID_ARGUMENT,
                "entry '%s' has %zu results but %zu were given",
                signature.entry->name.c_str(), results,
                launch.results ? launch.resultCount : size_t(0));
  return ATTN_OK;
}
} // namespace

AttnStatus checkCall(const Signature &signature, const AttnLaunch &launch,
                     Scope scope, Call &call, AttnMessage *message) {
  if (AttnStatus status = checkStructs(signature, launch, scope, message))
    return status;
  if (AttnStatus status =
          bindLetters(signature, launch.arguments, launch.tensorSize,
                      launch.argumentCount, call.letters, message))
    return status;
  if (AttnStatus status = checkConditions(signature, call.letters, message))
    return status;
  size_t arguments = signature.argumentCount();
  call.launch = &launch;
  call.tensorCount =
      scope == Scope::kEverything ? signature.tensorCount() : arguments;
  for (size_t i = 0; i < call.tensorCount; ++i) {
    bool isArgument = i < arguments;
    const AttnTensor &given =
        isArgument ? tensorAt(launch.arguments, launch.tensorSize, i)
                   : tensorAt(launch.results, launch.tensorSize, i - arguments);
    Subject subject{isArgument ? "argument" : "result", signature.tensor(i),
                    given, message};
    if (!isArgument)
      if (AttnStatus status =
              checkResultSizes(subject, signature, call.letters))
        return status;
    if (AttnStatus status = bindTensor(subject, call.tensors[i]))
      return status;
  }
  if (AttnStatus status = bindViews(signature, call, message))
    return status;
  if (AttnStatus status = checkConditions(signature, call, message))
    return status;
  if (scope == Scope::kArgumentsOnly)
    return ATTN_OK;
  call.workspace = static_cast<char *>(launch.workspace);
  if (launch.structSize >= offsetof(AttnLaunch, simMode))
    call.scheduleSeed = launch.scheduleSeed;
  if (launch.structSize >= offsetof(AttnLaunch, simReport))
    call.simMode = launch.simMode;
  if (launch.structSize >= offsetof(AttnLaunch, turnReport)) {
    call.simReport = launch.simReport;
    call.simReportContext = launch.simReportContext;
  }
  if (launch.structSize >= sizeof(AttnLaunch)) {
    call.turnReport = launch.turnReport;
    call.turnReportContext = launch.turnReportContext;
  }
  call.workspaceBytes = launch.workspaceBytes;
  return checkOverlap(signature, call, message);
}

} // namespace attn::runtime
