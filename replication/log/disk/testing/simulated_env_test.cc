#include "replication/log/disk/testing/simulated_env.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "rocksdb/db.h"
#include "rocksdb/sst_file_writer.h"

namespace warren::log {
namespace {

constexpr uint64_t kSeeds = 25;

// A database on a simulated disk.
class Rig {
 public:
  explicit Rig(uint64_t seed) : disk({.seed = seed}), env_(MakeSimulatedEnv(&disk)) {
    options_.env = env_.get();
    options_.create_if_missing = true;
    options_.max_background_jobs = 1;
  }

  void Open() {
    rocksdb::DB* opened = nullptr;
    const rocksdb::Status status = rocksdb::DB::Open(options_, "data/store", &opened);
    ASSERT_TRUE(status.ok()) << status.ToString();
    db_.reset(opened);
  }

  // Writes a file with one key, syncs it, and makes it part of the database.
  rocksdb::Status Ingest(const std::string& key) {
    const std::string path = "data/store/" + key + ".ingest";
    rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), options_);
    rocksdb::Status status = writer.Open(path);
    if (status.ok()) status = writer.Put(key, std::string(1000, 'v'));
    if (status.ok()) status = writer.Finish();
    rocksdb::IngestExternalFileOptions ingestion;
    ingestion.move_files = true;
    if (status.ok()) status = db_->IngestExternalFile({path}, ingestion);
    return status;
  }

  bool Has(const std::string& key) {
    std::string value;
    return db_->Get({}, key, &value).ok() && value == std::string(1000, 'v');
  }

  void Crash() {
    disk.PowerOff();
    db_.reset();
    disk.Crash();
  }

  SimulatedDisk disk;
  rocksdb::DB* db() { return db_.get(); }

 private:
  const std::unique_ptr<rocksdb::Env> env_;
  rocksdb::Options options_;
  std::unique_ptr<rocksdb::DB> db_;
};

TEST(SimulatedEnvTest, WhatWasIngestedSurvivesTheCrash) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Rig rig(seed);
    ASSERT_NO_FATAL_FAILURE(rig.Open());
    ASSERT_TRUE(rig.Ingest("a").ok());
    ASSERT_TRUE(rig.Ingest("b").ok());
    rig.Crash();
    ASSERT_NO_FATAL_FAILURE(rig.Open());
    EXPECT_TRUE(rig.Has("a"));
    EXPECT_TRUE(rig.Has("b"));
  }
}

TEST(SimulatedEnvTest, WhatWasNotSyncedMayBeGoneAndTheRestIsThere) {
  uint64_t gone = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Rig rig(seed);
    ASSERT_NO_FATAL_FAILURE(rig.Open());
    ASSERT_TRUE(rig.Ingest("a").ok());
    ASSERT_TRUE(rig.db()->Put({}, "b", std::string(1000, 'v')).ok());  // Not synced.
    rig.Crash();
    ASSERT_NO_FATAL_FAILURE(rig.Open());
    EXPECT_TRUE(rig.Has("a"));
    gone += rig.Has("b") ? 0 : 1;
  }
  EXPECT_GT(gone, 0u);
}

TEST(SimulatedEnvTest, EveryMomentOfAnIngestionIsSafe) {
  uint64_t moments = 0;
  for (uint64_t change = 1;; ++change) {
    Rig rig(change);
    ASSERT_NO_FATAL_FAILURE(rig.Open());
    ASSERT_TRUE(rig.Ingest("a").ok());
    rig.disk.PowerOffAt(change);
    const bool is_done = rig.Ingest("b").ok();
    const bool went_off = rig.disk.is_off();
    rig.Crash();
    ASSERT_NO_FATAL_FAILURE(rig.Open());
    EXPECT_TRUE(rig.Has("a"));
    if (is_done) {
      EXPECT_TRUE(rig.Has("b"));
    }
    if (!went_off) break;
    ++moments;
  }
  EXPECT_GE(moments, 5u);
}

TEST(SimulatedEnvTest, OneDatabaseAtATime) {
  Rig rig(1);
  ASSERT_NO_FATAL_FAILURE(rig.Open());
  rocksdb::Options options;
  const auto env = rig.db()->GetEnv();
  options.env = env;
  rocksdb::DB* second = nullptr;
  EXPECT_FALSE(rocksdb::DB::Open(options, "data/store", &second).ok());
}

}  // namespace
}  // namespace warren::log
