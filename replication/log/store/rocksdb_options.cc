#include "replication/log/store/rocksdb_options.h"

#include <climits>
#include <cstdarg>
#include <utility>

#include "absl/strings/str_cat.h"

#include "replication/log/store/file_summary.h"
#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/listener.h"
#include "rocksdb/table.h"

namespace warren::log {
namespace {

// What RocksDB has to say comes back as statuses. Its own log would be files that change for
// nothing, in a read-only store too.
class SilentLogger final : public rocksdb::Logger {
 public:
  SilentLogger() : rocksdb::Logger(rocksdb::InfoLogLevel::FATAL_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

// After a full disk RocksDB would watch for space in a thread of its own and go on when there is
// some: without writing its manifest anew, which it must; and a Close() at that moment waits for
// ever, for nobody wakes it. Database does this instead.
class NoRecoveryByItself final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status /*why*/,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

rocksdb::BlockBasedTableOptions MakeTableOptions(const StoreConfig& config) {
  rocksdb::BlockBasedTableOptions table;
  // Entries are read in runs: large blocks save index, which stays in memory.
  table.block_size = size_t{32} * 1024;
  table.block_cache = rocksdb::NewLRUCache(config.block_cache_bytes);
  table.checksum = rocksdb::kXXH3;
  table.format_version = 5;
  // The index knows each block's first key: a seek into a file that has nothing of what is wanted
  // reads no block.
  table.index_type = rocksdb::BlockBasedTableOptions::kBinarySearchWithFirstKey;
  return table;
}

}  // namespace

rocksdb::Options MakeOptions(const StoreConfig& config,
                             std::shared_ptr<DeadFilterFactory> filter_factory) {
  rocksdb::Options options;
  options.env = config.env != nullptr ? config.env : rocksdb::Env::Default();
  options.create_if_missing = !config.read_only;
  options.info_log = std::make_shared<SilentLogger>();
  options.paranoid_checks = true;
  options.max_open_files = -1;
  options.skip_stats_update_on_db_open = true;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.write_buffer_size = size_t{64} * 1024;  // Stays empty.
  options.max_total_wal_size = 0;
  options.keep_log_file_num = 1;
  options.max_manifest_file_size = uint64_t{4} * 1024 * 1024;
  options.bytes_per_sync = uint64_t{1} * 1024 * 1024;
  options.max_bgerror_resume_count = 0;
  options.listeners = {std::make_shared<NoRecoveryByItself>()};

  // One level in which every file may have any key, newest first: so that any file can be rewritten
  // alone, and files of like age together. store/README.md says why.
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.num_levels = 1;
  options.disable_auto_compactions = true;
  options.level0_file_num_compaction_trigger = INT_MAX / 4;
  options.level0_slowdown_writes_trigger = INT_MAX / 4;
  options.level0_stop_writes_trigger = INT_MAX / 4;
  options.soft_pending_compaction_bytes_limit = 0;
  options.hard_pending_compaction_bytes_limit = 0;
  options.compaction_filter_factory = std::move(filter_factory);
  options.compaction_readahead_size = size_t{1} * 1024 * 1024;
  options.compression = rocksdb::kNoCompression;
  options.table_properties_collector_factories = {NewSummaryCollectorFactory()};
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(MakeTableOptions(config)));
  return options;
}

absl::Status ToStatus(const rocksdb::Status& status, std::string_view what) {
  if (status.ok()) return absl::OkStatus();
  const std::string message = absl::StrCat(std::string(what), ": ", status.ToString());
  // A file that RocksDB counts on and that is not there is lost as much as one that has decayed.
  if (status.IsCorruption() || status.IsPathNotFound()) return absl::DataLossError(message);
  if (status.IsNoSpace() || status.IsCompactionTooLarge())
    return absl::ResourceExhaustedError(message);
  return absl::InternalError(message);
}

}  // namespace warren::log
