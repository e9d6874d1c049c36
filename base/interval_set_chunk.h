#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

#include "base/interval_set_bitmap.h"
#include "base/interval_set_run_list.h"

namespace warren::base::interval_set_internal {

// The positions of one chunk in whichever form is smaller: runs, or a bitmap once there are more
// than kRunsMax of them (then both take 8 KiB). A bitmap goes back to runs only at kRunsBack, so
// that a chunk at the boundary does not convert with every change. Which form a chunk has thus
// depends on its history; whoever compares or serialises goes by content.
// Threads: a plain value.
class Chunk {
 public:
  static constexpr size_t kRunsBack = 1024;

  Chunk() = default;  // Empty.
  explicit Chunk(OffsetRun run) { Insert(run); }
  explicit Chunk(const Bitmap& bitmap) : form_(std::make_unique<Bitmap>(bitmap)) { Settle(); }
  static Chunk Full() { return Chunk({.first = 0, .last = kChunkPositions - 1}); }

  Chunk(const Chunk& other) : form_(CopyOf(other.form_)) {}
  Chunk& operator=(const Chunk& other) {
    if (this != &other) form_ = CopyOf(other.form_);
    return *this;
  }
  Chunk(Chunk&& other) noexcept = default;
  Chunk& operator=(Chunk&& other) noexcept = default;
  ~Chunk() = default;

  // Each returns by how much size() changed.
  uint32_t Insert(OffsetRun range);
  uint32_t Erase(OffsetRun range);

  void UnionWith(const Chunk& other);
  void Subtract(const Chunk& other);
  void IntersectWith(const Chunk& other);

  uint32_t size() const;
  bool empty() const { return size() == 0; }
  bool IsFull() const { return size() == kChunkPositions; }
  size_t run_count() const;

  bool Contains(uint16_t offset) const;
  // The run at or after `from`, cut off below `from`.
  std::optional<OffsetRun> NextRun(uint16_t from) const;
  uint16_t Last() const;                 // Requires: !empty().
  uint32_t Rank(uint16_t offset) const;  // How many are below `offset`.
  uint16_t Select(uint32_t rank) const;  // Requires: rank < size().

  Bitmap ToBitmap() const;
  size_t HeapBytes() const;  // Asked of the allocator, beyond this object itself.
  void CheckInvariants() const;

  friend bool operator==(const Chunk& a, const Chunk& b);

 private:
  using BitmapForm = std::unique_ptr<Bitmap>;  // Never null, save in a moved-from chunk.
  using Form = std::variant<RunList, BitmapForm>;

  static Form CopyOf(const Form& form);
  void Settle();  // Changes the form if the number of runs asks for it.
  template <typename Visit>
  auto VisitForm(Visit visit) const;

  Form form_;
};

}  // namespace warren::base::interval_set_internal
