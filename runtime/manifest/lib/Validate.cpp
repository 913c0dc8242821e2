//===- Validate.cpp - Check references and ranges of a manifest -----------===//
//
// What a schema cannot say: names that must exist, be distinct or agree.
//
//===----------------------------------------------------------------------===//

#include "Validate.h"

#include <algorithm>
#include <set>

namespace attn::manifest {
namespace {
const char *const kFileRule =
    "a plain file name without '/' that does not start with '.'";

bool isFileName(const std::string &text) {
  return !text.empty() && text.size() <= 255 && text[0] != '.' &&
         text.find('/') == std::string::npos &&
         text.find('\0') == std::string::npos && text != "manifest.json";
}

bool isHash(const std::string &text) {
  return text.size() == 64 &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void checkImage(const Image &image, const std::string &at,
                std::set<std::string> &files, Report &report) {
  report.expect(isFileName(image.file), kFileRule, at + "/file",
                quoted(image.file));
  report.expect(files.insert(image.file).second, "a file named once",
                at + "/file", quoted(image.file) + " again");
  report.expect(isHash(image.sha256), "64 lower-case hexadecimal digits",
                at + "/sha256", quoted(image.sha256));
  report.expect(isTarget(image.target) || image.target == "sim",
                std::string(kTargetRule) + " or \"sim\"", at + "/target",
                quoted(image.target));
  report.expect(image.variants.empty() == (image.target != "cpu"),
                image.target == "cpu" ? "at least one variant"
                                      : "no variants but for \"cpu\"",
                at + "/variants", image.variants.empty() ? "none" : "some");
  std::set<std::string> seen;
  for (size_t i = 0; i < image.variants.size(); ++i)
    report.expect(isName(image.variants[i]) &&
                      seen.insert(image.variants[i]).second,
                  "a variant such as \"v3\", named once",
                  manifest::at(at, "variants", i), quoted(image.variants[i]));
}

void checkScratch(const Kernel &kernel, const std::string &at, Report &report) {
  const Expr &scratch = kernel.scratchBytesPerThread;
  if (scratch.isConstant())
    report.expect(scratch.value >= 0 && scratch.value % 64 == 0,
                  "a multiple of 64 bytes", at + "/scratch_bytes_per_thread",
                  std::to_string(scratch.value));
}

void checkKernel(const Manifest &manifest, size_t index, Report &report) {
  const Kernel &kernel = manifest.kernels[index];
  std::string at = manifest::at("", "kernels", index);
  report.expect(isName(kernel.name), "a name", at + "/name",
                quoted(kernel.name));
  report.expect(isTarget(kernel.target), kTargetRule, at + "/target",
                quoted(kernel.target));
  report.expect(findKernel(manifest, kernel.target, kernel.name) == &kernel,
                "a kernel named once per target", at + "/name",
                quoted(kernel.name) + " again");
  if (kernel.target == "cpu")
    report.expect(kernel.image.has_value(), "an image for a cpu kernel",
                  at + "/image", "none");
  else
    report.expect(kernel.block && kernel.sharedBytes,
                  "\"block\" and \"shared_bytes\" for a GPU kernel", at,
                  "less");
  report.expect(kernel.image || kernel.ptx, "an image or PTX", at, "neither");
  if (kernel.image) {
    auto same = [&](const Image &i) { return i.file == *kernel.image; };
    auto found =
        std::find_if(manifest.images.begin(), manifest.images.end(), same);
    report.expect(found != manifest.images.end(), "a file of '/images'",
                  at + "/image", quoted(*kernel.image));
    if (found != manifest.images.end())
      report.expect(
          found->target == kernel.target,
          "an image of target " + quoted(kernel.target), at + "/image",
          quoted(*kernel.image) + " of target " + quoted(found->target));
  }
  if (kernel.ptx)
    report.expect(isFileName(*kernel.ptx), kFileRule, at + "/ptx",
                  quoted(*kernel.ptx));
  checkScratch(kernel, at, report);
}

bool isRandomRule(const std::string &rule) {
  if (rule.empty() || rule == "lengths" || rule == "segments" ||
      rule == "pages")
    return true;
  size_t open = rule.find('<');
  if (open == std::string::npos || rule.back() != '>')
    return false;
  std::string kind = rule.substr(0, open);
  return (kind == "indices" || kind == "lengths" || kind == "offsets") &&
         isName(rule.substr(open + 1, rule.size() - open - 2));
}

void checkAxis(const Axis &axis, const std::string &at,
               const std::vector<Axis> &letters, Report &report) {
  report.expect(!axis.letter.empty() || axis.size, "a letter or a size", at,
                "neither");
  report.expect(axis.size.value_or(0) <= kMostElements,
                "at most " + std::to_string(kMostElements) + " elements",
                at + "/size", std::to_string(axis.size.value_or(0)));
  if (axis.letter.empty())
    return;
  report.expect(isName(axis.letter), "a letter such as \"L\"", at + "/letter",
                quoted(axis.letter));
  auto same = [&](const Axis &l) { return l.letter == axis.letter; };
  auto known = std::find_if(letters.begin(), letters.end(), same);
  report.expect(known != letters.end(), "a letter of an argument",
                at + "/letter", quoted(axis.letter));
  if (known != letters.end() && known->size && axis.size)
    report.expect(*known->size == *axis.size,
                  "the same size for letter " + quoted(axis.letter) +
                      " everywhere (" + std::to_string(*known->size) + ")",
                  at + "/size", std::to_string(*axis.size));
}

void checkTensor(const Tensor &tensor, const std::string &at,
                 const std::vector<Axis> &letters, bool isResult,
                 Report &report) {
  report.expect(isName(tensor.name), "a name", at + "/name",
                quoted(tensor.name));
  report.expect(tensor.shape.size() <= kMostAxes,
                "at most " + std::to_string(kMostAxes) + " axes", at + "/shape",
                std::to_string(tensor.shape.size()));
  for (size_t i = 0; i < tensor.shape.size(); ++i)
    checkAxis(tensor.shape[i], manifest::at(at, "shape", i), letters, report);
  int64_t alignment = tensor.baseAlignmentBytes;
  report.expect(alignment > 0 && (alignment & (alignment - 1)) == 0,
                "a power of two", at + "/strides/base_alignment_bytes",
                std::to_string(alignment));
  report.expect(tensor.strideMultipleBytes > 0, "a positive number",
                at + "/strides/multiple_bytes",
                std::to_string(tensor.strideMultipleBytes));
  report.expect(!(isResult && tensor.inout), "false for a result",
                at + "/inout", "true");
  report.expect(isRandomRule(tensor.random),
                "\"segments\", \"pages\", \"indices<X>\", \"lengths<X>\" or "
                "\"offsets<X>\"",
                at + "/random", quoted(tensor.random));
}

/// Every axis of a tensor of `rank`, once and in order, in runs of one or more.
bool areAllAxes(const std::vector<std::vector<int64_t>> &axes, size_t rank) {
  int64_t next = 0;
  for (const std::vector<int64_t> &run : axes) {
    if (run.empty())
      return false;
    for (int64_t axis : run)
      if (axis != next++)
        return false;
  }
  return next == int64_t(rank);
}

void checkView(const Entry &entry, const View &view, const std::string &at,
               Report &report) {
  report.expect(isName(view.name), "a name", at + "/name", quoted(view.name));
  const Tensor *tensor = findTensor(entry, view.tensor);
  report.expect(tensor != nullptr, "an argument or result of the entry",
                at + "/tensor", quoted(view.tensor));
  if (tensor)
    report.expect(areAllAxes(view.axes, tensor->shape.size()),
                  "the " + std::to_string(tensor->shape.size()) +
                      " axes of the tensor, in order",
                  at + "/axes", std::to_string(view.axes.size()) + " runs");
}

void checkTensors(const Entry &entry, const std::string &base,
                  const std::vector<Axis> &letters, Report &report) {
  std::set<std::string> names;
  auto check = [&](const std::vector<Tensor> &tensors, const char *key) {
    report.expect(tensors.size() <= kMostTensors,
                  "at most " + std::to_string(kMostTensors) + " tensors",
                  base + "/" + key, std::to_string(tensors.size()));
    for (size_t i = 0; i < tensors.size(); ++i) {
      std::string place = at(base, key, i);
      checkTensor(tensors[i], place, letters, key[0] == 'r', report);
      report.expect(names.insert(tensors[i].name).second,
                    "a name used once in the entry", place + "/name",
                    quoted(tensors[i].name) + " again");
    }
  };
  check(entry.arguments, "arguments");
  check(entry.results, "results");
  report.expect(entry.views.size() <= kMostTensors,
                "at most " + std::to_string(kMostTensors) + " views",
                base + "/views", std::to_string(entry.views.size()));
  for (size_t i = 0; i < entry.views.size(); ++i) {
    std::string place = at(base, "views", i);
    checkView(entry, entry.views[i], place, report);
    report.expect(names.insert(entry.views[i].name).second,
                  "a name used once in the entry", place + "/name",
                  quoted(entry.views[i].name) + " again");
  }
}

void checkEntry(const Manifest &manifest, size_t index, Report &report) {
  const Entry &entry = manifest.entries[index];
  std::string base = at("", "entries", index);
  report.expect(isName(entry.name), "a name", base + "/name",
                quoted(entry.name));
  for (size_t i = 0; i < index; ++i)
    report.expect(manifest.entries[i].name != entry.name, "an entry named once",
                  base + "/name", quoted(entry.name) + " again");
  std::vector<Axis> letters = lettersOf(entry);
  report.expect(letters.size() <= kMostLetters,
                "at most " + std::to_string(kMostLetters) + " letters",
                base + "/arguments", std::to_string(letters.size()));
  checkTensors(entry, base, letters, report);
  validateChecks(manifest, entry, letters, base, report);
  for (size_t i = 0; i < entry.plans.size() && !report.error; ++i) {
    const Plan &plan = entry.plans[i];
    for (size_t j = 0; j < i; ++j)
      report.expect(entry.plans[j].target != plan.target, "one plan per target",
                    at(base, "plans", i) + "/target",
                    quoted(plan.target) + " again");
    validatePlan(manifest, entry, letters, plan, at(base, "plans", i), report);
  }
}
} // namespace

bool isName(const std::string &text) {
  auto ok = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '$' ||
           c == '-';
  };
  return !text.empty() && text.size() <= 255 &&
         std::all_of(text.begin(), text.end(), ok);
}

bool isTarget(const std::string &text) {
  if (text == "cpu")
    return true;
  size_t digits = 0, start = sizeof("sm_") - 1;
  while (start + digits < text.size() && text[start + digits] >= '0' &&
         text[start + digits] <= '9')
    ++digits;
  size_t rest = text.size() - std::min(text.size(), start + digits);
  return text.compare(0, start, "sm_") == 0 && digits > 0 &&
         (rest == 0 || (rest == 1 && text.back() >= 'a' && text.back() <= 'z'));
}

std::optional<Error> validate(const Manifest &manifest) {
  Report report;
  report.expect(manifest.major == kMajor, "version " + std::to_string(kMajor),
                "/version/major", std::to_string(manifest.major));
  report.expect(isFileName(manifest.input.file), kFileRule, "/input/file",
                quoted(manifest.input.file));
  report.expect(isHash(manifest.input.sha256),
                "64 lower-case hexadecimal digits", "/input/sha256",
                quoted(manifest.input.sha256));
  std::set<std::string> files = {manifest.input.file};
  for (size_t i = 0; i < manifest.images.size(); ++i)
    checkImage(manifest.images[i], at("", "images", i), files, report);
  for (size_t i = 0; i < manifest.kernels.size(); ++i)
    checkKernel(manifest, i, report);
  report.expect(!manifest.entries.empty(), "at least one entry", "/entries",
                "none");
  for (size_t i = 0; i < manifest.entries.size() && !report.error; ++i)
    checkEntry(manifest, i, report);
  return report.error;
}

} // namespace attn::manifest
