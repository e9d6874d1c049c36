// Which of a producer's latest sequences have been seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/coding.h"

namespace warren::queue {

// Tells each sequence at or above a floor as seen or unseen. The floor never falls: it follows the
// highest sequence at the distance of the window, and rises to what the producer says it has had
// confirmed. Below it nothing can be told any more, so nothing is.
//
//      0 ......... floor ........................ run .......... highest ......... 2^64
//         too old   |   bitmap of what was seen    |   all seen    |     unseen
//
// A producer that sends without gaps takes no memory beyond this object; one with gaps a bit for
// each sequence of its window, so at most 8 KiB, and 512 bytes with the default of 4,096.
//
// A window that was made larger finds the floor where the smaller one had left it: what was
// forgotten is not remembered again.
// Work: O(1), and when the floor moves or gaps close O(window / 64).
// Threads: a plain value.
class SequenceWindow {
 public:
  static constexpr uint32_t kWindowMax = 65'536;

  enum class Standing : uint8_t { kTooOld, kUnseen, kSeen };
  Standing StandingOf(uint64_t sequence) const;

  uint64_t floor() const { return floor_; }
  uint64_t highest() const { return highest_; }  // That was ever seen; 0 if none was.

  void RaiseFloor(uint64_t floor);  // Has no effect if the floor is there already.
  // Raises the floor so that no more than `window` sequences up to the highest lie above it.
  // Requires: 1 <= window <= kWindowMax.
  void Limit(uint32_t window);
  // Requires: StandingOf(sequence) is kUnseen; 1 <= window <= kWindowMax.
  void Insert(uint64_t sequence, uint32_t window);

  // Equal windows give equal bytes: varint floor, highest, length of the run, number of words of
  // the bitmap; then the words, 8 bytes each. The first word holds the floor: bit i of word w is
  // sequence 64 (floor / 64 + w) + i. DATA_LOSS for what AppendTo() never wrote.
  void AppendTo(std::string* out) const;
  static absl::StatusOr<SequenceWindow> Read(base::Reader& reader);

  size_t HeapBytes() const { return older_.capacity() * sizeof(uint64_t); }
  void CheckInvariants() const;

  friend bool operator==(const SequenceWindow&, const SequenceWindow&) = default;

 private:
  uint64_t RunFirst() const { return highest_ - run_ + 1; }  // Requires: run_ > 0.
  size_t WordOf(uint64_t sequence) const { return sequence / 64 - floor_ / 64; }
  void MoveRunToBitmap();
  void JoinBitmapToRun();
  void TrimBitmap();
  void DropBitmap() { older_ = std::vector<uint64_t>(); }  // With its memory, which {} would keep.
  const char* Fault() const;  // What is wrong with this state, or nullptr.

  uint64_t floor_ = 0;
  uint64_t highest_ = 0;
  // The sequences up to the highest that are all seen; what lies below the run is unseen. 0: no
  // sequence at or above the floor has been seen.
  uint32_t run_ = 0;
  // What was seen at or above the floor and below the run. Ends with a word that is not 0.
  std::vector<uint64_t> older_;
};

}  // namespace warren::queue
