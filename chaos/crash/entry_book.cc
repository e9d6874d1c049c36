#include "chaos/crash/entry_book.h"

#include <utility>

#include "base/rng.h"

namespace warren::crash {
namespace {

constexpr uint64_t kConfigOneIn = 40;

std::string PayloadOf(base::Rng& rng, size_t size) {
  std::string payload(size, '\0');
  for (size_t i = 0; i < size; i += 8) {
    const uint64_t word = rng.Next();
    for (size_t k = 0; k < 8 && i + k < size; ++k) {
      payload[i + k] = static_cast<char>(word >> (8 * k));
    }
  }
  return payload;
}

}  // namespace

raft::Entry EntryBook::Make(const GroupLife& group, raft::EntryId id) const {
  base::Rng rng = base::Rng(seed_, group.group.value())
                      .Fork(group.life)
                      .Fork(id.index.value())
                      .Fork(id.term.value());
  raft::Entry entry;
  entry.id = id;
  entry.time = raft::LogTime(id.term.value() * 1'000'000 + id.index.value());
  entry.type = rng.OneIn(kConfigOneIn) ? raft::EntryType::kConfig : raft::EntryType::kNormal;
  const bool is_large = rng.OneIn(sizes_.large_one_in);
  const size_t size = rng.Between(0, is_large ? sizes_.large_max : sizes_.payload_max);
  const auto special = special_.find({group, id.index.value(), id.term.value()});
  entry.payload = base::Bytes::Adopt(special == special_.end() ? PayloadOf(rng, size)
                                                               : std::string(special->second));
  return entry;
}

void EntryBook::SetPayload(const GroupLife& group, raft::EntryId id, std::string payload) {
  special_.insert_or_assign({group, id.index.value(), id.term.value()}, std::move(payload));
}

}  // namespace warren::crash
