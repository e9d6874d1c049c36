// A run in a process of its own, by its name here.
#pragma once

#include "chaos/seed_runs/apart.h"

namespace warren::queue_model {

using seed_runs::Apart;
using seed_runs::ApartTask;

}  // namespace warren::queue_model
