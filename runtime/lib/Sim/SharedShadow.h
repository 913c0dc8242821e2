//===- SharedShadow.h - Who touched shared memory last ----------*- C++ -*-===//
//
// For every 16 bytes of shared memory: which bytes have been written, and the
// accesses that the next one has to come after. An access is forgotten once a
// later one has come after it: a write forgets all, a read the reads that are
// ordered before it. Lines of 128 bytes, the rows of tiles, that are only
// touched as a whole are one cell.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_SHAREDSHADOW_H
#define ATTN_RUNTIME_LIB_SIM_SHAREDSHADOW_H

#include "Clocks.h"
#include "Events.h"

namespace attn::runtime::sim {

constexpr uint32_t kCellBytes = 16;
constexpr uint32_t kLineBytes = 128;

enum class Proxy : uint8_t { kGeneric, kAsync };

/// One access to some bytes of a cell.
struct Access {
  uint32_t number; ///< Of the agent.
  int32_t site;
  Agent agent;
  uint16_t bytes; ///< A bit per byte of the cell.
  Proxy proxy;
  AccessKind kind;
};

/// Who makes an access, and what it comes after.
struct Accessor {
  Viewer view;
  Agent agent;
  uint32_t number;
  int32_t site;
  Proxy proxy;
  AccessKind kind;
};

enum class Finding { kNothing, kUninitialised, kRace, kNoFence, kMbarrier };

class SharedShadow {
public:
  /// Forgets all; nothing is written in the first `bytes` bytes.
  void reset(uint32_t bytes);

  /// Notes an access to the bytes from `offset` on, which are in shared memory.
  /// What is wrong with it is in the members below. Each check is made before
  /// the next: races, fences, mbarriers, what is not initialised.
  Finding touch(const Accessor &accessor, uint32_t offset, uint32_t bytes);

  /// Whether the 8 bytes at `offset` are an mbarrier, which nobody but
  /// mbarrier ops may touch.
  void setMbarrier(uint32_t offset, bool isMbarrier);

  Access other;         ///< kRace, kNoFence: the access before.
  uint32_t foundAt = 0; ///< Offset of the first byte of concern.

private:
  struct alignas(64) Cell {
    static constexpr uint16_t kInline = 3;
    uint16_t written;
    uint16_t mbarriers; ///< Bytes that belong to one.
    uint16_t count, capacity;
    Access *more; ///< Null: `few`.
    Access few[kInline];

    Access *accesses() { return more ? more : few; }
    void clear() {
      written = mbarriers = count = 0;
      capacity = kInline;
      more = nullptr;
    }
  };

  Finding touchCell(const Accessor &accessor, uint32_t index, uint16_t bytes);
  Finding touchLine(const Accessor &accessor, uint32_t line);
  Finding touchPart(const Accessor &accessor, uint32_t offset, uint32_t bytes);
  void split(uint32_t line);
  Finding checkBefore(const Accessor &accessor, const Access &before) const;
  void append(Cell &cell, const Access &access);

  static constexpr uint32_t kLineCells = kLineBytes / kCellBytes;
  static constexpr uint16_t kAllBytes = 0xffff;

  std::vector<Cell>
      cells; ///< The first of a line that is whole stands for all.
  std::vector<uint8_t> isSplit; ///< By line.
  std::vector<std::unique_ptr<Access[]>> spilled;
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_SHAREDSHADOW_H
