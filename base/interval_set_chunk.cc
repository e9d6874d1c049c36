#include "base/interval_set_chunk.h"

#include <utility>

#include "base/check.h"

namespace warren::base::interval_set_internal {
namespace {

// Up to here it is cheaper to apply another chunk's runs one by one than to go through bitmaps.
constexpr size_t kFewRuns = 32;

RunList ToRuns(const Bitmap& bitmap) {
  RunList runs;
  std::optional<OffsetRun> run = bitmap.NextRun(0);
  while (run) {
    runs.Insert(*run);
    if (run->last == kChunkPositions - 1) break;
    run = bitmap.NextRun(static_cast<uint16_t>(run->last + 1));
  }
  return runs;
}

}  // namespace

template <typename Visit>
auto Chunk::VisitForm(Visit visit) const {
  if (const auto* runs = std::get_if<RunList>(&form_)) return visit(*runs);
  return visit(*std::get<BitmapForm>(form_));
}

Chunk::Form Chunk::CopyOf(const Form& form) {
  if (const auto* runs = std::get_if<RunList>(&form)) return *runs;
  return std::make_unique<Bitmap>(*std::get<BitmapForm>(form));
}

void Chunk::Settle() {
  if (const auto* runs = std::get_if<RunList>(&form_)) {
    if (runs->run_count() > kRunsMax) form_ = std::make_unique<Bitmap>(ToBitmap());
  } else if (const Bitmap& bitmap = *std::get<BitmapForm>(form_); bitmap.run_count() <= kRunsBack) {
    form_ = ToRuns(bitmap);
  }
}

uint32_t Chunk::Insert(OffsetRun range) {
  auto* runs = std::get_if<RunList>(&form_);
  const uint32_t added =
      runs != nullptr ? runs->Insert(range) : std::get<BitmapForm>(form_)->Insert(range);
  Settle();
  return added;
}

uint32_t Chunk::Erase(OffsetRun range) {
  auto* runs = std::get_if<RunList>(&form_);
  const uint32_t removed =
      runs != nullptr ? runs->Erase(range) : std::get<BitmapForm>(form_)->Erase(range);
  Settle();
  return removed;
}

void Chunk::UnionWith(const Chunk& other) {
  if (empty()) {
    *this = other;
    return;
  }
  const auto* few = std::get_if<RunList>(&other.form_);
  if (few != nullptr && few->run_count() <= kFewRuns) {
    for (const OffsetRun run : few->runs()) Insert(run);
    return;
  }
  Bitmap bitmap = ToBitmap();
  bitmap.UnionWith(other.ToBitmap());
  *this = Chunk(bitmap);
}

void Chunk::Subtract(const Chunk& other) {
  const auto* few = std::get_if<RunList>(&other.form_);
  if (few != nullptr && few->run_count() <= kFewRuns) {
    for (const OffsetRun run : few->runs()) Erase(run);
    return;
  }
  Bitmap bitmap = ToBitmap();
  bitmap.Subtract(other.ToBitmap());
  *this = Chunk(bitmap);
}

void Chunk::IntersectWith(const Chunk& other) {
  Bitmap bitmap = ToBitmap();
  bitmap.IntersectWith(other.ToBitmap());
  *this = Chunk(bitmap);
}

uint32_t Chunk::size() const {
  return VisitForm([](const auto& form) { return form.size(); });
}

size_t Chunk::run_count() const {
  return VisitForm([](const auto& form) { return form.run_count(); });
}

bool Chunk::Contains(uint16_t offset) const {
  return VisitForm([offset](const auto& form) { return form.Contains(offset); });
}

std::optional<OffsetRun> Chunk::NextRun(uint16_t from) const {
  return VisitForm([from](const auto& form) { return form.NextRun(from); });
}

uint16_t Chunk::Last() const {
  return VisitForm([](const auto& form) { return form.Last(); });
}

uint32_t Chunk::Rank(uint16_t offset) const {
  return VisitForm([offset](const auto& form) { return form.Rank(offset); });
}

uint16_t Chunk::Select(uint32_t rank) const {
  return VisitForm([rank](const auto& form) { return form.Select(rank); });
}

Bitmap Chunk::ToBitmap() const {
  const auto* runs = std::get_if<RunList>(&form_);
  if (runs == nullptr) return *std::get<BitmapForm>(form_);
  Bitmap bitmap;
  for (const OffsetRun run : runs->runs()) bitmap.Insert(run);
  return bitmap;
}

size_t Chunk::HeapBytes() const {
  const auto* runs = std::get_if<RunList>(&form_);
  return runs != nullptr ? runs->HeapBytes() : sizeof(Bitmap);
}

void Chunk::CheckInvariants() const {
  VisitForm([](const auto& form) { form.CheckInvariants(); });
  const bool has_runs = std::holds_alternative<RunList>(form_);
  WARREN_CHECK(has_runs ? run_count() <= kRunsMax : run_count() > kRunsBack);
}

bool operator==(const Chunk& a, const Chunk& b) {
  if (a.size() != b.size() || a.run_count() != b.run_count()) return false;
  const auto* a_runs = std::get_if<RunList>(&a.form_);
  const auto* b_runs = std::get_if<RunList>(&b.form_);
  if (a_runs != nullptr && b_runs != nullptr) return a_runs->runs() == b_runs->runs();
  return a.ToBitmap().words() == b.ToBitmap().words();
}

}  // namespace warren::base::interval_set_internal
