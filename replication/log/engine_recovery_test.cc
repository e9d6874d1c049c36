#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/log/testing/log_fixture.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using warren::testing::IsOk;
using warren::testing::StatusIs;

class LogRecoveryTest : public ::testing::Test {
 protected:
  LogRecoveryTest() {
    log_.config.memory_bytes = 0;
    EXPECT_THAT(log_.Open(), IsOk());
    EXPECT_THAT(log_.Create(7), IsOk());
    EXPECT_THAT(log_.Append(7, MakeEntries(1, 9, 1, 300)), IsOk());
    log_.WriteAll();
  }

  std::string Folder() const { return log_.config.directory + "/log"; }
  // Overwrites the first place in a segment file where `text` stands.
  void Damage(const std::string& text) {
    for (const auto& file : std::filesystem::directory_iterator(Folder())) {
      std::fstream stream(file.path(), std::ios::in | std::ios::out | std::ios::binary);
      std::string all((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
      const size_t at = all.find(text);
      if (at == std::string::npos) continue;
      stream.seekp(static_cast<std::streamoff>(at));
      stream.write("X", 1);
      return;
    }
    FAIL() << "no segment holds '" << text << "'";
  }
  // All frames of all segments become zeros.
  void LoseFrames() {
    for (const auto& file : std::filesystem::directory_iterator(Folder())) {
      if (!file.path().filename().string().starts_with("segment-")) continue;
      std::fstream stream(file.path(), std::ios::in | std::ios::out | std::ios::binary);
      stream.seekp(4096);
      const std::string zeros(log_.config.segment_bytes - 2 * 4096, '\0');
      stream.write(zeros.data(), static_cast<std::streamsize>(zeros.size()));
    }
  }

  LogFixture log_;
};

TEST_F(LogRecoveryTest, ADamagedPayloadIsNamedAndTheOthersAreServed) {
  ASSERT_THAT(log_.Open(), IsOk());  // A successor, so that what follows is damage in the middle.
  log_.Close();
  Damage("entry 5 of term 1");
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_TRUE(log_.recovery.whole) << log_.recovery.why_not_whole;
  EXPECT_THAT(log_.recovery.damage, Not(IsEmpty()));
  EXPECT_TRUE(log_.Recovered(7)->missing.Contains(5));
  EXPECT_EQ(log_.Recovered(7)->missing.size(), 1);
  EXPECT_FALSE(log_.Recovered(7)->hard_state.amnesiac);
  EXPECT_EQ(log_.ReadOne(7, 5), "DATA_LOSS");
  EXPECT_THAT(log_.ReadOne(7, 4), HasSubstr("4@1:"));
  EXPECT_THAT(log_.ReadOne(7, 6), HasSubstr("6@1:"));
}

TEST_F(LogRecoveryTest, WhatIsBroughtBackStaysThoughTheDamageIsStillThere) {
  ASSERT_THAT(log_.Open(), IsOk());
  log_.Close();
  Damage("entry 5 of term 1");
  ASSERT_THAT(log_.Open(), IsOk());
  Write repair = log_.MakeWrite(7);
  repair.bodies = MakeEntries(5, 5, 1, 300);
  ASSERT_THAT(log_->Submit(std::move(repair)), IsOk());
  log_.WriteAll();
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(log_.Open(), IsOk());
    EXPECT_TRUE(log_.Recovered(7)->missing.empty());
    EXPECT_THAT(log_.ReadOne(7, 5), HasSubstr("5@1:entry 5"));
  }
  log_.FillSegments(log_.config.segments_kept + 2);
  log_.MaintainAll();
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_THAT(log_.ReadOne(7, 5), HasSubstr("5@1:entry 5"));
}

TEST_F(LogRecoveryTest, WhatIsLostStaysNamedWhenItsSegmentRetires) {
  ASSERT_THAT(log_.Open(), IsOk());
  ASSERT_THAT(log_.Append(7, MakeEntries(10, 12, 2, 300)), IsOk());
  log_.WriteAll();
  ASSERT_THAT(log_.Open(), IsOk());
  ASSERT_THAT(log_.Append(7, MakeEntries(13, 14, 3, 300)), IsOk());
  log_.WriteAll();
  log_.Close();
  // The bytes that fill them up: a text might be cut by a sector's end.
  for (const char* filling : {"kkkkkkkk", "llllllll", "mmmmmmmm"}) Damage(filling);
  ASSERT_THAT(log_.Open(), IsOk());
  log_.FillSegments(log_.config.segments_kept + 6);
  log_.MaintainAll();
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_EQ(log_.Recovered(7)->missing.size(), 3);
  EXPECT_EQ(log_.Recovered(7)->terms.TermAt(raft::Index(11)), raft::Term(2));
  EXPECT_THAT(log_.ReadOne(7, 13), HasSubstr("13@3:"));
}

TEST_F(LogRecoveryTest, DamageThatIsFoundWhileReadingIsNamed) {
  ASSERT_THAT(log_.Open(), IsOk());
  Damage("entry 5 of term 1");
  EXPECT_EQ(log_.ReadOne(7, 5), "DATA_LOSS");
  EXPECT_TRUE(log_->Describe(raft::GroupId(7))->missing.Contains(5));
  const auto before = log_->Read(raft::GroupId(7), raft::Index(3), raft::Index(9), SIZE_MAX);
  ASSERT_THAT(before, IsOk());
  EXPECT_EQ(before->size(), 2) << "what comes before the lost one is served";
}

TEST_F(LogRecoveryTest, DamageThatIsFoundWhileMovingStaysNamed) {
  ASSERT_THAT(log_.Open(), IsOk());
  Damage("entry 5 of term 1");
  log_.FillSegments(log_.config.segments_kept + 2);
  log_.MaintainAll();
  for (int reopened = 0; reopened < 2; ++reopened) {
    EXPECT_EQ(log_.ReadOne(7, 5), "DATA_LOSS");
    EXPECT_THAT(log_.ReadOne(7, 6), HasSubstr("6@1:"));
    ASSERT_THAT(log_.Open(), IsOk());
    EXPECT_TRUE(log_.Recovered(7)->missing.Contains(5));
  }
}

TEST_F(LogRecoveryTest, ALogThatEndsBelowItsWatermarkForgetsToVote) {
  log_.MaintainAll();  // Writes the watermark.
  log_.Close();
  LoseFrames();
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_FALSE(log_.recovery.whole);
  EXPECT_THAT(log_.recovery.why_not_whole, Not(IsEmpty()));
}

TEST_F(LogRecoveryTest, AmnesiaIsDurableAndFoundOutOnce) {
  // The group reaches the store, then the segments lose what came after.
  log_.FillSegments(log_.config.segments_kept + 2);
  log_.MaintainAll();
  log_.Close();
  LoseFrames();
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_FALSE(log_.recovery.whole);
  ASSERT_NE(log_.Recovered(7), nullptr);
  EXPECT_TRUE(log_.Recovered(7)->hard_state.amnesiac);
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_TRUE(log_.recovery.whole) << log_.recovery.why_not_whole;
  EXPECT_TRUE(log_.Recovered(7)->hard_state.amnesiac);
  // Cured, and not doubted again.
  Write cure = log_.MakeWrite(7);
  cure.hard_state = log_.Recovered(7)->hard_state;
  cure.hard_state->amnesiac = false;
  ASSERT_THAT(log_->Submit(std::move(cure)), IsOk());
  log_.WriteAll();
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_FALSE(log_.Recovered(7)->hard_state.amnesiac);
}

TEST_F(LogRecoveryTest, WithoutItsWatermarkFileALogCannotBeTrusted) {
  log_.Close();
  std::filesystem::remove(Folder() + "/watermark");
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_FALSE(log_.recovery.whole);
  EXPECT_TRUE(log_.Recovered(7)->hard_state.amnesiac);
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_TRUE(log_.recovery.whole) << log_.recovery.why_not_whole;
}

TEST_F(LogRecoveryTest, ASegmentWithoutHeadersIsSetAsideOnceItsLossIsKnown) {
  log_.Close();
  const std::string path = Folder() + "/segment-000001.log";
  {
    std::fstream stream(path, std::ios::in | std::ios::out | std::ios::binary);
    const std::string garbage(4096, 'g');
    stream.write(garbage.data(), 4096);
    stream.seekp(log_.config.segment_bytes - 4096);
    stream.write(garbage.data(), 4096);
  }
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_FALSE(log_.recovery.whole);
  EXPECT_TRUE(std::filesystem::exists(path + ".unreadable"));
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_TRUE(log_.recovery.whole) << log_.recovery.why_not_whole;
}

TEST_F(LogRecoveryTest, ASegmentThatWasCutShortIsSetAside) {
  for (int i = 0; i < 3; ++i) ASSERT_THAT(log_.Open(), IsOk());
  log_.Close();
  std::filesystem::resize_file(Folder() + "/segment-000002.log", 5000);
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_THAT(log_.ReadOne(7, 1), HasSubstr("1@1:")) << "what lies elsewhere is served";
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_TRUE(log_.recovery.whole) << log_.recovery.why_not_whole;
}

TEST_F(LogRecoveryTest, SegmentsWithoutTheirStoreAreRefused) {
  log_.Close();
  std::filesystem::remove_all(log_.config.directory + "/store");
  EXPECT_THAT(log_.Open(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("the store is lost")));
}

TEST_F(LogRecoveryTest, AFullConfigurationErrorNamesEveryFault) {
  log_.config.segments_kept = 0;
  log_.config.round_bytes_max = 1;
  EXPECT_THAT(log_.Open(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("segments_kept")));
}

}  // namespace
}  // namespace warren::log
