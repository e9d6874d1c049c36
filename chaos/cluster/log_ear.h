// Listens to what a node logs.
#pragma once

#include <functional>

#include "base/logging.h"
#include "chaos/cluster/setup.h"
#include "chaos/cluster/timeline.h"

namespace warren::cluster_sim {

// An ERROR says that something is as it should not be: it fails the run, unless something was done
// to this node that explains it.
class LogEar final : public base::LogSink {
 public:
  using ExplainsFn = std::function<bool(std::string_view event)>;
  LogEar(NodeId node, Timeline* timeline, ExplainsFn explains)
      : node_(node), timeline_(timeline), explains_(std::move(explains)) {}

  void Write(const base::LogRecord& record) override;

 private:
  const NodeId node_;
  Timeline* const timeline_;
  const ExplainsFn explains_;
};

}  // namespace warren::cluster_sim
