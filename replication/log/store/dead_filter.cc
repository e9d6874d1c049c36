#include "replication/log/store/dead_filter.h"

#include <optional>
#include <string>
#include <utility>

#include "replication/log/store/store_key.h"

namespace warren::log {
namespace {

class DeadFilter final : public rocksdb::CompactionFilter {
 public:
  DeadFilter(const DeadMap* dead, std::shared_ptr<const Superseded> superseded)
      : dead_(dead), superseded_(std::move(superseded)) {}

  // NOLINTNEXTLINE(readability-function-size): the interface is RocksDB's.
  Decision FilterV2(int /*level*/, const rocksdb::Slice& key_bytes, ValueType type,
                    const rocksdb::Slice& /*value*/, std::string* /*new_value*/,
                    std::string* skip_until) const override {
    const std::optional<StoreKey> key = DecodeKey({key_bytes.data(), key_bytes.size()});
    if (!key || type != ValueType::kValue) return Decision::kKeep;
    if (key->kind == KeyKind::kEntry) return JudgeEntry(*key, skip_until);
    const auto& superseded =
        key->kind == KeyKind::kRecord ? superseded_->records : superseded_->snapshots;
    if (!superseded.contains(key->group)) return Decision::kKeep;
    *skip_until = EncodeKeyAfterGroup(key->kind, key->group);
    return Decision::kRemoveAndSkipUntil;
  }
  const char* Name() const override { return "warren.dead"; }

 private:
  Decision JudgeEntry(const StoreKey& key, std::string* skip_until) const {
    if (key.group != group_) {
      group_ = key.group;
      state_ = dead_->StateOf(key.group);
    }
    const DeadMap::Verdict verdict = state_.Judge(key.index);
    if (!verdict.dead) return Decision::kKeep;
    *skip_until =
        verdict.next_live
            ? EncodeKey({.group = key.group, .kind = KeyKind::kEntry, .index = *verdict.next_live})
            : EncodeKeyAfterGroup(KeyKind::kEntry, key.group);
    return Decision::kRemoveAndSkipUntil;
  }

  const DeadMap* const dead_;
  const std::shared_ptr<const Superseded> superseded_;
  // Of the group that was asked about last: keys come group by group. RocksDB uses a filter from
  // one thread, through a const interface.
  mutable GroupNo group_;
  mutable DeadMap::State state_;
};

}  // namespace

void DeadFilterFactory::SetSuperseded(Superseded superseded) {
  superseded_ = std::make_shared<const Superseded>(std::move(superseded));
}

std::unique_ptr<rocksdb::CompactionFilter> DeadFilterFactory::CreateCompactionFilter(
    const rocksdb::CompactionFilter::Context& /*context*/) {
  return std::make_unique<DeadFilter>(dead_, superseded_);
}

}  // namespace warren::log
