#include "agent/run/late_lookup.hpp"

#include <utility>

namespace vc::agent {

bool LateLookup::is_worth_it(const TaskLookup& lookup) const {
  const LateLookupLimits& limits = context_.options.late_lookup;
  return lookup.place == Place::nowhere && !lookup.is_refused &&
         context_.options.reuse == Reuse::allowed && context_.may_read_remote() &&
         (lookup.duration_ms == 0 ||
          lookup.duration_ms >= static_cast<std::uint64_t>(limits.task_at_least.count())) &&
         context_.clock.steady_now() - lookup.asked.value_or(asked_) >= limits.answer_at_least;
}

std::optional<RemoteArtifact> LateLookup::ask(TaskId task, const TaskLookup& lookup,
                                              const std::stop_token& stop) {
  if (!is_worth_it(lookup)) {
    return std::nullopt;
  }
  Question question{.task = task};
  {
    std::unique_lock lock(mutex_);
    waiting_.push_back(&question);
    while (!question.is_answered) {
      if (is_asking_) {
        answered_.wait(lock);
      } else {
        answer_all(lock, stop);
      }
    }
  }
  if (!question.answer.artifact) {
    tell_doubt(context_, task, question.answer, stop);
  }
  return std::move(question.answer.artifact);
}

// Whoever comes while no request is under way makes one, for all that wait.
void LateLookup::answer_all(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  const std::vector<Question*> questions = std::exchange(waiting_, {});
  std::vector<Digest> keys;
  keys.reserve(questions.size());
  for (const Question* question : questions) {
    keys.push_back(context_.key(question->task));
  }
  is_asking_ = true;
  lock.unlock();
  std::vector<RemoteAnswer> answers = context_.remote->look_up(keys, stop);
  lock.lock();
  is_asking_ = false;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    questions[i]->answer = std::move(answers[i]);
    questions[i]->is_answered = true;
  }
  answered_.notify_all();
}

}  // namespace vc::agent
