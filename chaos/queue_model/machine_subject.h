// The real machine, to be judged.
#pragma once

#include "chaos/queue_model/subject.h"
#include "queue/planted_bug.h"

namespace warren::queue_model {

MakeSubject MachineWith(queue::PlantedBug bug = queue::PlantedBug::kNone);

}  // namespace warren::queue_model
