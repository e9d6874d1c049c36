#include "base/logging.h"

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::base {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CapturingSink final : public LogSink {
 public:
  void Write(const LogRecord& record) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::string(NameOf(record.level)) + " " + std::string(record.text));
    last_time_ = record.time;
  }
  std::vector<std::string> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
  }
  absl::Time last_time() const { return last_time_; }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
  absl::Time last_time_;
};

class LoggingTest : public ::testing::Test {
 protected:
  static LogConfig Config() {
    LogConfig config;
    config.repeat_burst = 3;
    config.repeat_interval = absl::Seconds(1);
    return config;
  }

  CapturingSink sink_;
  ManualClock clock_;
  LogPipeline pipeline_{Config(), &sink_, &clock_};
  Logger log_{&pipeline_};
};

TEST_F(LoggingTest, LineIsEventAndFields) {
  log_.Info("queue.declared", {{"vhost", "/"}, {"queue", "my queue"}, {"members", 3}});
  log_.Warning("disk.low");
  EXPECT_THAT(sink_.Take(), ElementsAre(R"(info queue.declared vhost=/ queue="my queue" members=3)",
                                        "warning disk.low"));
  EXPECT_EQ(sink_.last_time(), clock_.WallNow());
}

TEST_F(LoggingTest, FieldsOfEveryKind) {
  const std::string text = "text";
  log_.Info("test.kinds", {{"string", text},
                           {"yes", true},
                           {"negative", int64_t{-5}},
                           {"large", UINT64_MAX},
                           {"small", uint16_t{7}},
                           {"ratio", 0.5},
                           {"took", absl::Milliseconds(1500)},
                           {"status", absl::NotFoundError("queue 'x'")},
                           {"ok", absl::OkStatus()},
                           {"index", Ordinal<struct IndexTag>(9)},
                           {"node", Identity<struct NodeTag>(11)}});
  EXPECT_THAT(sink_.Take(), ElementsAre("info test.kinds string=text yes=true negative=-5 "
                                        "large=18446744073709551615 small=7 ratio=0.5 took=1.5s "
                                        R"(status="NOT_FOUND: queue 'x'" ok=OK index=9 node=11)"));
}

TEST_F(LoggingTest, PrefixIsBoundOnceAndNests) {
  const Logger node = log_.With({{"node", "a"}});
  const Logger queue = node.With({{"queue", "orders"}, {"group", 7}});
  queue.Info("queue.opened", {{"term", 2}});
  node.Info("node.ready");
  EXPECT_THAT(sink_.Take(), ElementsAre("info queue.opened node=a queue=orders group=7 term=2",
                                        "info node.ready node=a"));
}

TEST_F(LoggingTest, SecretsAreRedactedByTypeAndByName) {
  log_.With({{"auth_token", "abc"}})
      .Info("user.changed", {{"user", "ann"},
                             {"password", "hunter2"},
                             {"password_hash", 12345},
                             {"value", Secret("hunter2")},
                             {"upstream", "amqp://ann:hunter2@host"},
                             {"error", absl::UnavailableError("to amqp://ann:hunter2@host")}});
  EXPECT_THAT(sink_.Take(),
              ElementsAre("info user.changed auth_token=<redacted> user=ann password=<redacted> "
                          "password_hash=<redacted> value=<redacted> "
                          "upstream=amqp://ann:<redacted>@host "
                          R"(error="UNAVAILABLE: to amqp://ann:<redacted>@host")"));
}

TEST_F(LoggingTest, BoundAndLoggedValuesAreEscaped) {
  log_.With({{"connection", "x\ny"}}).Info("connection.opened", {{"name", "a\r\nb"}});
  EXPECT_THAT(sink_.Take(),
              ElementsAre(R"(info connection.opened connection="x\ny" name="a\r\nb")"));
}

TEST_F(LoggingTest, LevelsBelowTheLeastAreDropped) {
  log_.Debug("test.debug");
  EXPECT_THAT(sink_.Take(), IsEmpty());
  pipeline_.SetLevelMin(LogLevel::kDebug);
  log_.Debug("test.debug");
  EXPECT_THAT(sink_.Take(), ElementsAre("debug test.debug"));
  pipeline_.SetLevelMin(LogLevel::kError);
  log_.Warning("test.warning");
  log_.Error("test.error");
  EXPECT_THAT(sink_.Take(), ElementsAre("error test.error"));
}

TEST_F(LoggingTest, LoggerWithoutPipelineDropsEverything) {
  const Logger nowhere;
  EXPECT_FALSE(nowhere.IsEnabled(LogLevel::kError));
  nowhere.With({{"node", "a"}}).Error("test.error", {{"x", 1}});
}

TEST_F(LoggingTest, RepeatedEventsAreHeldBackAndTold) {
  for (int i = 0; i < 10; ++i) log_.Warning("connection.refused", {{"n", i}});
  log_.Info("queue.declared");
  EXPECT_THAT(sink_.Take(),
              ElementsAre("warning connection.refused n=0", "warning connection.refused n=1",
                          "warning connection.refused n=2", "info queue.declared"));
  clock_.Advance(absl::Seconds(1));
  log_.Warning("connection.refused", {{"n", 10}});
  EXPECT_THAT(sink_.Take(), ElementsAre("warning connection.refused n=10 held_back=7"));
  EXPECT_EQ(pipeline_.CountOf(LogLevel::kWarning), 11u);
}

TEST_F(LoggingTest, HeldBackEventsAreReportedThoughTheyNeverComeAgain) {
  for (int i = 0; i < 5; ++i) log_.Error("disk.failed");
  sink_.Take();
  pipeline_.ReportHeldBack();
  EXPECT_THAT(sink_.Take(), ElementsAre("warning log.held_back event=disk.failed held_back=2"));
  pipeline_.ReportHeldBack();
  EXPECT_THAT(sink_.Take(), IsEmpty());
}

TEST_F(LoggingTest, ManyThreadsLogAtOnce) {
  LogConfig config;
  config.repeat_burst = 1'000'000;
  LogPipeline pipeline(config, &sink_, &clock_);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([log = Logger(&pipeline).With({{"thread", t}})] {
      for (int i = 0; i < 250; ++i) log.Info("test.line", {{"n", i}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sink_.Take().size(), 1000u);
  EXPECT_EQ(pipeline.CountOf(LogLevel::kInfo), 1000u);
}

}  // namespace
}  // namespace warren::base
