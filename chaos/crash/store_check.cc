#include "chaos/crash/store_check.h"

#include <memory>
#include <utility>

#include "base/bytes.h"
#include "fmt/format.h"
#include "raft/codec.h"
#include "replication/log/disk/testing/simulated_env.h"
#include "replication/log/store/group_record.h"
#include "replication/log/store/store.h"
#include "replication/log/store/store_key.h"

namespace warren::crash {
namespace {

using Fault = std::optional<std::string>;
using Records = std::map<log::GroupNo, log::GroupRecord>;

Fault JudgeEntry(const Records& records, const log::StoreKey& key, std::string_view value) {
  const std::string where =
      fmt::format("the store's entry {} of group no {}", key.index.value(), key.group.value());
  const auto found = records.find(key.group);
  if (found == records.end()) return where + " is of a group without a record";
  const log::GroupRecord& record = found->second;
  const auto entry = raft::DecodeEntry(record.id, key.index, base::Bytes::Copy(value));
  if (!entry.ok()) return fmt::format("{}: {}", where, entry.status().ToString());
  // What is dead may be of another history; what was brought back may lie in a segment still.
  if (key.index <= record.base.id.index) return std::nullopt;
  if (key.index > record.last) {
    return fmt::format("{} lies above the last one of its record, {}", where, record.last.value());
  }
  const auto term = record.terms.TermAt(key.index);
  if (!term.has_value() || *term == entry->id.term) return std::nullopt;
  return fmt::format("{} has term {}, though its record says {}", where, entry->id.term.value(),
                     term->value());
}

}  // namespace

std::optional<std::string> StoreCheck::Check(log::SimulatedDisk& disk,
                                             const std::string& directory) {
  const auto env = log::MakeSimulatedEnv(&disk);
  log::StoreConfig config;
  config.directory = directory + "/store";
  config.env = env.get();
  config.compacts_by_itself = false;
  config.read_only = true;
  // Before the first life has come far enough there is none.
  if (!disk.SizeOf(config.directory + "/CURRENT").ok()) return std::nullopt;
  const auto store = log::Store::Open(config);
  if (!store.ok()) {
    return fmt::format("the store cannot be opened: {}", store.status().ToString());
  }
  Records records;
  Fault fault;
  const auto visit = [&](std::string_view key_bytes, std::string_view value) {
    if (fault.has_value()) return;
    const auto key = log::DecodeKey(key_bytes);
    if (!key.has_value()) {
      fault = "the store has a key that means nothing";
    } else if (key->kind == log::KeyKind::kRecord && !key->group.IsNone()) {
      auto record = log::DecodeGroupRecord(key->group, value);
      if (record.ok()) {
        records.emplace(key->group, std::move(record->record));
      } else {
        fault = record.status().ToString();
      }
    } else if (key->kind == log::KeyKind::kEntry) {
      fault = JudgeEntry(records, *key, value);  // Records come first.
    }
  };
  if (const absl::Status status = (*store)->ForEach(visit); !status.ok()) {
    return fmt::format("the store cannot be read: {}", status.ToString());
  }
  for (const auto& [no, record] : records) {
    const auto [known, is_new] = groups_.emplace(no.value(), record.id);
    if (!is_new && known->second != record.id) {
      return fmt::format("number {} was group {}'s, and is group {}'s now", no.value(),
                         known->second.value(), record.id.value());
    }
  }
  return fault;
}

}  // namespace warren::crash
