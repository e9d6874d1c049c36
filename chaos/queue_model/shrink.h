// Makes a failing history short enough to be read.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "chaos/queue_model/history.h"

namespace warren::queue_model {

// Where the history fails; nullopt: it does not.
using FailsAt = std::function<std::optional<size_t>(const History&)>;

// A part of `history` that fails still, however differently: what follows the failure is dropped,
// then chunks of halving size, then single entries; then publishes are made plainer, and features
// of the configuration are taken away. Requires: it fails. `tries_max` bounds the work.
History Shrink(History history, const FailsAt& fails_at, size_t tries_max);

}  // namespace warren::queue_model
