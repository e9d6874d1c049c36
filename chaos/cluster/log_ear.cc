#include "chaos/cluster/log_ear.h"

#include "fmt/format.h"

namespace warren::cluster_sim {

void LogEar::Write(const base::LogRecord& record) {
  timeline_->Trace([&] {
    return fmt::format("n{} {} {}", node_.value(), base::NameOf(record.level), record.text);
  });
  if (record.level != base::LogLevel::kError || explains_(record.event)) return;
  timeline_->Violated("ErrorLogged", fmt::format("n{}: {}", node_.value(), record.text));
}

}  // namespace warren::cluster_sim
