#include "base/spdlog_sink.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "spdlog/logger.h"
#include "spdlog/sinks/rotating_file_sink.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace warren::base {
namespace {

spdlog::level::level_enum SpdlogLevelOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  WARREN_CHECK_MSG(false, "a level is one of those named");
  return spdlog::level::off;
}

// Throws what spdlog throws.
spdlog::sink_ptr MakeSink(const SpdlogConfig& config) {
  if (config.file.empty()) return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  // spdlog counts the old files without the one that is written.
  return std::make_shared<spdlog::sinks::rotating_file_sink_mt>(config.file, config.file_bytes_max,
                                                                config.files_max - 1);
}

}  // namespace

absl::StatusOr<std::unique_ptr<SpdlogSink>> SpdlogSink::Open(const SpdlogConfig& config) {
  if (config.file_bytes_max == 0 || config.files_max == 0) {
    return absl::InvalidArgumentError("log: file_bytes_max and files_max must be above 0");
  }
  try {
    auto logger = std::make_unique<spdlog::logger>("warren", MakeSink(config));
    logger->set_pattern("%v");  // Write() puts time and level itself, so that they are UTC.
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::warn);
    return std::unique_ptr<SpdlogSink>(new SpdlogSink(std::move(logger)));
  } catch (const std::exception& error) {
    return absl::UnavailableError(
        absl::StrCat("log: cannot open ", config.file, ": ", error.what()));
  }
}

SpdlogSink::SpdlogSink(std::unique_ptr<spdlog::logger> logger) : logger_(std::move(logger)) {
  logger_->set_error_handler([this](const std::string&) { ++failed_writes_; });
}

SpdlogSink::~SpdlogSink() { Flush(); }

void SpdlogSink::Write(const LogRecord& record) {
  const std::string time =
      absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", record.time, absl::UTCTimeZone());
  std::string line;
  line.reserve(time.size() + 9 + record.text.size());
  line.append(time).append(" ").append(NameOf(record.level)).append(" ").append(record.text);
  logger_->log(SpdlogLevelOf(record.level), spdlog::string_view_t(line.data(), line.size()));
}

void SpdlogSink::Flush() { logger_->flush(); }

}  // namespace warren::base
