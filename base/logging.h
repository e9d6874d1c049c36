#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "base/clock.h"
#include "base/log_field.h"
#include "base/log_limiter.h"

namespace warren::base {

enum class LogLevel : uint8_t {
  kDebug,
  kInfo,     // Something an operator may want to find later.
  kWarning,  // Something an operator may have to look into.
  kError,    // Something that should not happen; fails a simulation.
};
inline constexpr size_t kLogLevels = 4;

std::string_view NameOf(LogLevel level);

// One line, complete but for time and level: "queue.declared node=a vhost=/ queue=orders".
struct LogRecord {
  absl::Time time;
  LogLevel level = LogLevel::kInfo;
  std::string_view event;
  std::string_view text;  // Begins with the event; printable, without line ends.
};

// Where lines go: a file or a terminal (base/spdlog_sink.h), a list in a test.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void Write(const LogRecord& record) = 0;  // From any thread.
};

struct LogConfig {
  // Lines below this are dropped before they are made. kDebug on a busy node writes much.
  LogLevel level_min = LogLevel::kInfo;
  // Of each event name, so many lines may come at once, and then one per interval; the others
  // are counted and the count reported. Too low hides which of many objects are concerned.
  uint32_t repeat_burst = 50;
  absl::Duration repeat_interval = absl::Milliseconds(200);
};

// What stands between loggers and the sink: the level, the limit on repetition, the counters.
// One per process, made first and gone last. Threads: any.
class LogPipeline {
 public:
  // Borrows both; they outlive this.
  LogPipeline(const LogConfig& config, LogSink* sink, const Clock* clock);

  bool IsEnabled(LogLevel level) const { return level >= level_min_.load(); }
  void SetLevelMin(LogLevel level) { level_min_ = level; }

  void Write(LogLevel level, LogName event, std::string_view prefix,
             std::initializer_list<LogField> fields);

  // A line "log.held_back" for each event whose last repetitions were held back and not yet
  // told. For a timer, and for the end of the process.
  void ReportHeldBack();

  // Events of this level since the start, those that were held back included.
  uint64_t CountOf(LogLevel level) const { return counts_[static_cast<size_t>(level)].load(); }

 private:
  LogSink* const sink_;
  const Clock* const clock_;
  LogLimiter limiter_;
  std::atomic<LogLevel> level_min_;
  std::array<std::atomic<uint64_t>, kLogLevels> counts_ = {};
};

// What code logs with: a pipeline, and fields that are the same in each of its lines, such as the
// connection or the queue; they become text once.
//
//   Logger log = node_log.With({{"queue", name}, {"group", group_id}});
//   log.Info("queue.leader_elected", {{"term", term}, {"took", elapsed}});
//
// Say what happened as the event and to what as fields, so that lines can be counted and searched.
// Hot paths log nothing. An error is logged where it is dealt with, not where it is returned.
// Threads: a plain value; copies share the pipeline, which must outlive them.
class Logger {
 public:
  Logger() = default;  // Drops everything.
  explicit Logger(LogPipeline* pipeline) : pipeline_(pipeline) {}

  Logger With(std::initializer_list<LogField> fields) const;

  bool IsEnabled(LogLevel level) const {
    return pipeline_ != nullptr && pipeline_->IsEnabled(level);
  }

  using Fields = std::initializer_list<LogField>;
  void Debug(LogName event, Fields fields = {}) const { Log(LogLevel::kDebug, event, fields); }
  void Info(LogName event, Fields fields = {}) const { Log(LogLevel::kInfo, event, fields); }
  void Warning(LogName event, Fields fields = {}) const { Log(LogLevel::kWarning, event, fields); }
  void Error(LogName event, Fields fields = {}) const { Log(LogLevel::kError, event, fields); }

 private:
  void Log(LogLevel level, LogName event, Fields fields) const {
    if (IsEnabled(level)) pipeline_->Write(level, event, prefix_, fields);
  }

  LogPipeline* pipeline_ = nullptr;
  std::string prefix_;  // " key=value" for each bound field.
};

}  // namespace warren::base
