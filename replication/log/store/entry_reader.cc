#include "replication/log/store/entry_reader.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "replication/log/store/file_summary.h"
#include "replication/log/store/rocksdb_options.h"
#include "replication/log/store/store_key.h"
#include "rocksdb/iterator.h"
#include "rocksdb/table_properties.h"

namespace warren::log {
namespace {

class Cursor {
 public:
  Cursor(rocksdb::DB* db, const Move::Range& range)
      : db_(db), range_(range), end_(EndOf(range)), end_slice_(ToSlice(end_)) {
    options_.iterate_upper_bound = &end_slice_;
    // Every file may have any group: most are left out without being looked into.
    options_.table_filter = [range](const rocksdb::TableProperties& properties) {
      return MayHave(properties, range.group, range.first, range.last);
    };
    Renew();
  }

  bool Seek(raft::Index index) {
    at_->Seek(ToSlice(EncodeKey({.group = range_.group, .kind = KeyKind::kEntry, .index = index})));
    return at_->Valid();
  }
  bool Next() {
    at_->Next();
    return at_->Valid();
  }
  raft::Index index() const { return DecodeKey(ToView(at_->key())).value_or(StoreKey()).index; }
  std::string_view value() const { return ToView(at_->value()); }
  rocksdb::Status status() const { return at_->status(); }

  // The first index above `index` from which on something can be read; nullopt: there is none.
  // The damage is a block or several, of unknown extent: reach further and further, then narrow it
  // down.
  std::optional<raft::Index> SkipDamage(raft::Index index) {
    raft::Index bad = index;
    raft::Index good = index;
    for (uint64_t step = 1; good == index; step *= 2) {
      if (range_.last - bad < step) return std::nullopt;
      if (IsReadable(bad + step)) {
        good = bad + step;
      } else {
        bad = bad + step;
      }
    }
    while (good - bad > 1) {
      const raft::Index middle = bad + (good - bad) / 2;
      (IsReadable(middle) ? good : bad) = middle;
    }
    Renew();
    return good;
  }

 private:
  static std::string EndOf(const Move::Range& range) {
    if (range.last.value() == UINT64_MAX) return EncodeKeyAfterGroup(KeyKind::kEntry, range.group);
    return EncodeKey({.group = range.group, .kind = KeyKind::kEntry, .index = range.last + 1});
  }
  // An iterator that has met damage goes on failing where there is none.
  void Renew() { at_.reset(db_->NewIterator(options_)); }
  bool IsReadable(raft::Index index) {
    Renew();
    Seek(index);
    return status().ok();
  }

  rocksdb::DB* const db_;
  const Move::Range range_;
  const std::string end_;
  const rocksdb::Slice end_slice_;
  rocksdb::ReadOptions options_;
  std::unique_ptr<rocksdb::Iterator> at_;
};

}  // namespace

absl::Status ReadEntries(rocksdb::DB* db, const Move::Range& range,
                         const std::function<bool(raft::Index, base::Bytes)>& visit) {
  if (range.last < range.first) return absl::OkStatus();
  Cursor cursor(db, range);
  absl::Status damage;
  std::optional<raft::Index> from = range.first;
  while (from) {
    raft::Index next = *from;
    for (bool valid = cursor.Seek(*from); valid; valid = cursor.Next()) {
      if (!visit(cursor.index(), base::Bytes::Copy(cursor.value()))) return damage;
      next = cursor.index() + 1;
    }
    if (cursor.status().ok()) break;
    const absl::Status why = ToStatus(
        cursor.status(), absl::StrCat("reading entry ", next.value(),
                                      " or one of the next, group no ", range.group.value()));
    if (!cursor.status().IsCorruption()) return why;
    if (damage.ok()) damage = why;
    if (range.last < next) break;
    from = cursor.SkipDamage(next);
  }
  return damage;
}

}  // namespace warren::log
