#include "base/logging.h"

#include "base/check.h"

namespace warren::base {

std::string_view NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  WARREN_CHECK_MSG(false, "a level is one of those named");
  return "";
}

LogPipeline::LogPipeline(const LogConfig& config, LogSink* sink, const Clock* clock)
    : sink_(sink),
      clock_(clock),
      limiter_(config.repeat_burst, config.repeat_interval),
      level_min_(config.level_min) {}

void LogPipeline::Write(LogLevel level, LogName event, std::string_view prefix,
                        std::initializer_list<LogField> fields) {
  if (!IsEnabled(level)) return;
  ++counts_[static_cast<size_t>(level)];
  const auto [passes, held_back] = limiter_.Admit(event.text(), clock_->Now());
  if (!passes) return;
  std::string line(event.text());
  line.append(prefix);
  for (const LogField& field : fields) field.AppendTo(&line);
  if (held_back > 0) LogField("held_back", held_back).AppendTo(&line);
  sink_->Write({.time = clock_->WallNow(), .level = level, .event = event.text(), .text = line});
}

void LogPipeline::ReportHeldBack() {
  static constexpr LogName kEvent = "log.held_back";
  for (const auto& [event, count] : limiter_.TakeHeldBack()) {
    std::string line(kEvent.text());
    LogField("event", event).AppendTo(&line);
    LogField("held_back", count).AppendTo(&line);
    sink_->Write({.time = clock_->WallNow(),
                  .level = LogLevel::kWarning,
                  .event = kEvent.text(),
                  .text = line});
  }
}

Logger Logger::With(std::initializer_list<LogField> fields) const {
  Logger bound = *this;
  for (const LogField& field : fields) field.AppendTo(&bound.prefix_);
  return bound;
}

}  // namespace warren::base
