#include "queue/sequence_window.h"

#include <algorithm>
#include <bit>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/check.h"

namespace warren::queue {
namespace {

constexpr uint64_t BitOf(uint64_t sequence) { return uint64_t{1} << (sequence % 64); }
// Bits first % 64 ... last % 64 of one word.
constexpr uint64_t Mask(uint64_t first, uint64_t last) {
  return (~uint64_t{0} << (first % 64)) & (~uint64_t{0} >> (63 - last % 64));
}

}  // namespace

SequenceWindow::Standing SequenceWindow::StandingOf(uint64_t sequence) const {
  if (sequence < floor_) return Standing::kTooOld;
  if (run_ == 0 || sequence > highest_) return Standing::kUnseen;
  if (sequence >= RunFirst()) return Standing::kSeen;
  const size_t word = WordOf(sequence);
  const bool seen = word < older_.size() && (older_[word] & BitOf(sequence)) != 0;
  return seen ? Standing::kSeen : Standing::kUnseen;
}

void SequenceWindow::RaiseFloor(uint64_t floor) {
  if (floor <= floor_) return;
  const uint64_t words_below = floor / 64 - floor_ / 64;
  floor_ = floor;
  if (floor > highest_) {
    run_ = 0;
    DropBitmap();
    return;
  }
  run_ = static_cast<uint32_t>(std::min<uint64_t>(run_, highest_ - floor + 1));
  if (words_below >= older_.size()) {
    DropBitmap();
    return;
  }
  older_.erase(older_.begin(), older_.begin() + static_cast<std::ptrdiff_t>(words_below));
  older_.front() &= Mask(floor, 63);
  TrimBitmap();
}

void SequenceWindow::Limit(uint32_t window) {
  WARREN_CHECK(window >= 1 && window <= kWindowMax);
  if (highest_ >= window) RaiseFloor(highest_ - window + 1);
}

void SequenceWindow::Insert(uint64_t sequence, uint32_t window) {
  WARREN_CHECK(window >= 1 && window <= kWindowMax);
  WARREN_CHECK(StandingOf(sequence) == Standing::kUnseen);
  if (run_ != 0 && sequence < highest_) {
    if (sequence + 1 == RunFirst()) {
      ++run_;
      JoinBitmapToRun();
      return;
    }
    const size_t word = WordOf(sequence);
    if (word >= older_.size()) older_.resize(word + 1);
    older_[word] |= BitOf(sequence);
    return;
  }
  // First what leaves the window, so that neither run nor bitmap ever exceeds it.
  if (sequence >= window) RaiseFloor(sequence - window + 1);
  if (run_ != 0 && sequence != highest_ + 1) MoveRunToBitmap();
  ++run_;
  highest_ = sequence;
}

void SequenceWindow::MoveRunToBitmap() {
  const size_t last_word = WordOf(highest_);
  const size_t first_word = WordOf(RunFirst());
  if (older_.size() <= last_word) older_.resize(last_word + 1);
  for (size_t word = first_word; word <= last_word; ++word) {
    older_[word] |= Mask(word == first_word ? RunFirst() : 0, word == last_word ? highest_ : 63);
  }
  run_ = 0;
}

void SequenceWindow::JoinBitmapToRun() {
  while (RunFirst() > floor_) {
    const uint64_t below = RunFirst() - 1;
    const size_t word = WordOf(below);
    if (word >= older_.size()) break;
    const int ones = std::countl_one(older_[word] << (63 - below % 64));
    if (ones == 0) break;
    run_ += static_cast<uint32_t>(ones);
    older_[word] &= ~Mask(RunFirst(), below);
  }
  TrimBitmap();
}

void SequenceWindow::TrimBitmap() {
  while (!older_.empty() && older_.back() == 0) older_.pop_back();
  if (older_.empty()) DropBitmap();
}

void SequenceWindow::AppendTo(std::string* out) const {
  base::PutVarint64(out, floor_);
  base::PutVarint64(out, highest_);
  base::PutVarint64(out, run_);
  base::PutVarint64(out, older_.size());
  for (const uint64_t word : older_) base::PutFixed64(out, word);
}

absl::StatusOr<SequenceWindow> SequenceWindow::Read(base::Reader& reader) {
  SequenceWindow window;
  window.floor_ = reader.Varint64().value_or(0);
  window.highest_ = reader.Varint64().value_or(0);
  const uint64_t run = reader.Varint64().value_or(0);
  const uint64_t words = reader.Varint64().value_or(0);
  if (!reader.ok() || words > reader.remaining() / sizeof(uint64_t)) {
    return absl::DataLossError("sequence window: truncated");
  }
  if (run > kWindowMax || words > kWindowMax / 64 + 1) {
    return absl::DataLossError(absl::StrCat("sequence window: a run of ", run, " and ", words,
                                            " words, more than any window has"));
  }
  window.run_ = static_cast<uint32_t>(run);
  window.older_.resize(words);
  for (uint64_t& word : window.older_) word = reader.Fixed64().value_or(0);
  if (const char* fault = window.Fault()) {
    return absl::DataLossError(absl::StrCat("sequence window: ", fault));
  }
  return window;
}

const char* SequenceWindow::Fault() const {
  if (run_ == 0) {
    if (floor_ <= highest_ && highest_ != 0) return "the highest sequence is not seen";
    return older_.empty() ? nullptr : "a bitmap without a run";
  }
  if (floor_ > highest_) return "a run below the floor";
  if (highest_ - floor_ >= kWindowMax) return "larger than any window";
  if (run_ > highest_ - floor_ + 1) return "the run reaches below the floor";
  if (older_.empty()) return nullptr;
  if (older_.back() == 0) return "the bitmap ends with nothing";
  if ((older_.front() & ~Mask(floor_, 63)) != 0) return "the bitmap reaches below the floor";
  // Directly below a run that is as long as can be there is an unseen sequence, if any.
  const uint64_t top = (floor_ / 64 + older_.size() - 1) * 64 + 63 -
                       static_cast<uint64_t>(std::countl_zero(older_.back()));
  return top + 1 < RunFirst() ? nullptr : "the bitmap reaches into the run";
}

void SequenceWindow::CheckInvariants() const { WARREN_CHECK(Fault() == nullptr); }

}  // namespace warren::queue
