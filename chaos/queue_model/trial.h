// One history, applied to the model and to what is judged by it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "chaos/queue_model/comparison.h"
#include "chaos/queue_model/driver.h"
#include "chaos/queue_model/history.h"
#include "chaos/queue_model/model.h"
#include "chaos/queue_model/subject.h"

namespace warren::queue_model {

// The subject has a twin that is written to bytes and read again now and then: nothing may change
// by that.
class Trial {
 public:
  enum class Look { kNo, kYes };

  Trial(const QueueConfig& config, const MakeSubject& make_subject);

  // Completes the entry's stamp, as below. With `look`, what can be
  // seen is compared too. After a difference the trial is over.
  std::optional<Difference> Step(Entry& entry, Look look);

  // Makes the stamp right, if the command is meant to be its session's next.
  static void CompleteStamp(const Model& model, Entry& entry);

  const Model& model() const { return model_; }
  const Effects& effects() const { return expected_; }  // Of the model, of the last step.

 private:
  std::optional<Difference> Examine();
  std::optional<Difference> Restore();
  std::optional<Difference> JudgeDeadline(const Entry& entry);

  Model model_;
  std::unique_ptr<Subject> subject_;
  std::unique_ptr<Subject> twin_;
  Effects expected_;
  Effects observed_;
  Effects of_twin_;
  uint64_t idle_ticks_ = 0;  // In a row: the subject says that it is late, and nothing is due.
};

struct Outcome {
  uint64_t operations = 0;
  uint64_t steps = 0;
  std::optional<Difference> difference;  // At the last step.
};

// The whole run of one setup.
Outcome RunSetupOf(const RunSetup& setup, const MakeSubject& make_subject);

// The history that the setup means, as far as `steps` entries. Needs no subject.
History HistoryOf(const RunSetup& setup, uint64_t steps);

// Where the history first shows a difference; it is looked at after each entry. Completes stamps.
struct Failing {
  size_t step = 0;
  Difference difference;
};
std::optional<Failing> Replay(History& history, const MakeSubject& make_subject);

}  // namespace warren::queue_model
