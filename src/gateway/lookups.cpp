#include "gateway/lookups.hpp"

#include <algorithm>
#include <atomic>
#include <optional>

namespace vc::gateway {
namespace {

std::unexpected<Error> too_late() {
  return fail(Errc::timeout, "the store did not answer in time");
}

}  // namespace

struct Lookups::Round {
  std::vector<wire::ObjectKey> keys;
  Deadline deadline;                                  // For the store.
  std::chrono::steady_clock::time_point given_up_at;  // For the watchdog, which waits in real time.
  std::atomic<std::size_t> next{0};

  std::mutex mutex;  // For what follows.
  std::vector<std::optional<Answer>> answers;
  std::size_t unanswered = 0;
  Done done;

  std::list<std::shared_ptr<Round>>::iterator place;  // In Lookups::open_, under its mutex.
};

Lookups::Lookups(Existence& existence, const Clock& clock, LookupLimits limits)
    : existence_(existence),
      clock_(clock),
      patience_(limits.patience),
      watchdog_([this](const std::stop_token& stop) { watch(stop); }),
      workers_(limits.threads, limits.queue_max) {}

Lookups::~Lookups() = default;

void Lookups::ask(std::vector<wire::ObjectKey> keys, Done done) {
  const auto round = std::make_shared<Round>();
  const std::size_t count = keys.size();
  round->keys = std::move(keys);
  round->deadline = clock_.steady_now() + patience_;
  round->given_up_at = std::chrono::steady_clock::now() + patience_;
  round->answers.resize(count);
  round->unanswered = count;
  round->done = std::move(done);
  {
    const std::lock_guard lock(mutex_);
    round->place = open_.insert(open_.end(), round);
    if (!watching_) {
      opened_.notify_all();
    }
  }

  bool started = false;
  for (std::size_t i = 0; i < std::clamp<std::size_t>(count, 1, kThreadsPerRoundMax); ++i) {
    if (!workers_.try_submit([this, round] { work_off(*round); })) {
      break;
    }
    started = true;
  }
  if (!started) {
    {
      const std::lock_guard lock(round->mutex);
      std::ranges::fill(round->answers, fail(Errc::overloaded, "too many lookups are waiting"));
    }
    finish(*round);
  }
}

void Lookups::work_off(Round& round) {
  bool last = round.keys.empty();
  for (std::size_t i = round.next++; i < round.keys.size(); i = round.next++) {
    Answer answer = clock_.steady_now() < round.deadline
                        ? existence_.ask(round.keys[i], round.deadline)
                        : Answer(too_late());
    const std::lock_guard lock(round.mutex);
    round.answers[i] = std::move(answer);
    last = --round.unanswered == 0;
  }
  if (last) {
    finish(round);
  }
}

// Calls `done` with what is there, unless the watchdog or the last thread has done so already.
void Lookups::finish(Round& round) {
  Done done;
  std::vector<Answer> answers;
  {
    const std::lock_guard lock(round.mutex);
    done = std::exchange(round.done, nullptr);
    if (!done) {
      return;
    }
    answers.reserve(round.answers.size());
    for (const auto& answer : round.answers) {
      answers.push_back(answer ? *answer : Answer(too_late()));
    }
  }
  done(std::move(answers));
  const std::lock_guard lock(mutex_);
  open_.erase(round.place);  // The caller still holds it.
}

void Lookups::watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (opened_.wait(lock, stop, [this] { return !open_.empty(); })) {
    const std::shared_ptr<Round> oldest = open_.front();
    // Rounds that open meanwhile end later, so nobody has to wake this up: a busy gateway pays one
    // wake-up per `patience_`, not one per lookup.
    watching_ = true;
    opened_.wait_until(lock, stop, oldest->given_up_at, [] { return false; });
    watching_ = false;
    if (stop.stop_requested()) {
      return;
    }
    lock.unlock();
    finish(*oldest);
    lock.lock();
  }
}

}  // namespace vc::gateway
