// The model in the place of what is judged, with or without a fault.
#pragma once

#include "chaos/queue_model/subject.h"

namespace warren::queue_model {

enum class ModelFault { kNone, kForgetsThirdSettle };

MakeSubject ModelWith(ModelFault fault = ModelFault::kNone);

}  // namespace warren::queue_model
