//===- ProgramLog.cpp - What became of random programs --------------------===//

#include "ProgramLog.h"
#include "Features.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"

namespace attn::fuzz {
namespace {

constexpr const char *kEnds[] = {"good", "refused", "FAILED"};

} // namespace

//===----------------------------------------------------------------------===//
// Summary
//===----------------------------------------------------------------------===//

void Summary::add(const Entry &entry) {
  ++programs;
  failures += entry.end == End::Failed;
  if (entry.end == End::Refused)
    ++refused[entry.refused];
  else
    for (const std::string &feature : entry.features)
      ++features[feature];
  if (entry.variant != "-")
    for (llvm::StringRef variant : llvm::split(entry.variant, ','))
      ++variants[variant.str()];
  worst = std::max(worst, entry.values);
  worstVisibility = std::max(worstVisibility, entry.visibility);
}

void Summary::print(const std::string &device) const {
  llvm::outs() << programs << " programs on " << device << ", " << failures
               << " failed; worst error / bound: values "
               << llvm::format("%.3f", worst) << ", visibility "
               << llvm::format("%.3f", worstVisibility);
  if (f32Refused)
    llvm::outs() << "; " << f32Refused << " of f32 refused";
  for (const auto &[what, count] : refused)
    llvm::outs() << "; " << count << " with " << what << " refused";
  for (const auto &[variant, count] : variants)
    llvm::outs() << "; " << count << " on " << variant;
  std::string drawn, missing;
  for (llvm::StringRef name : getFeatureNames()) {
    auto it = features.find(name.str());
    if (it == features.end())
      missing += " " + name.str();
    else
      drawn += " " + name.str() + " " + std::to_string(it->second);
  }
  llvm::outs() << "\ndrawn on " << device << ":" << drawn << "\nnot drawn on "
               << device << ":" << (missing.empty() ? " nothing" : missing)
               << "\n";
}

//===----------------------------------------------------------------------===//
// ProgramLog
//===----------------------------------------------------------------------===//

std::optional<ProgramLog> ProgramLog::open(const std::string &path) {
  ProgramLog log;
  if (path.empty())
    return log;
  std::string kept;
  if (auto buffer = llvm::MemoryBuffer::getFile(path))
    kept = (*buffer)->getBuffer().str();
  // A line that was being written is run again.
  kept.resize(kept.find_last_of('\n') + 1);
  for (llvm::StringRef line : llvm::split(kept, '\n'))
    log.read(line);
  std::error_code code;
  log.out = std::make_unique<llvm::raw_fd_ostream>(path, code);
  if (!code) {
    *log.out << kept;
    log.out->flush();
    return log;
  }
  llvm::errs() << "attn-fuzz: error: can not write '" << path
               << "': " << code.message() << "\n";
  return std::nullopt;
}

const Entry *ProgramLog::find(uint64_t seed, const std::string &device) const {
  auto it = entries.find({seed, device});
  return it == entries.end() ? nullptr : &it->second;
}

void ProgramLog::write(uint64_t seed, const std::string &device,
                       const Entry &entry) {
  if (!out)
    return;
  *out << "seed " << seed << " " << device << " " << entry.variant << " "
       << kEnds[int(entry.end)] << " values "
       << llvm::format("%.3f", entry.values) << " visibility "
       << llvm::format("%.3f", entry.visibility) << " ; " << entry.refused
       << " ; " << entry.sizes << " ; " << llvm::join(entry.features, " ")
       << "\n";
  out->flush();
}

void ProgramLog::read(llvm::StringRef line) {
  llvm::SmallVector<llvm::StringRef> parts, words, features;
  line.split(parts, " ; ");
  parts.front().split(words, ' ');
  uint64_t seed;
  if (parts.size() != 4 || words.size() != 9 || words[1].getAsInteger(10, seed))
    return;
  Entry entry;
  entry.variant = words[3].str();
  for (int end = 0; end < 3; ++end)
    if (words[4] == kEnds[end])
      entry.end = static_cast<End>(end);
  words[6].getAsDouble(entry.values);
  words[8].getAsDouble(entry.visibility);
  entry.refused = parts[1].str();
  entry.sizes = parts[2].str();
  parts[3].split(features, ' ', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef feature : features)
    entry.features.push_back(feature.str());
  entries[{seed, words[2].str()}] = std::move(entry);
}

} // namespace attn::fuzz
